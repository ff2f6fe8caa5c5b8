/** One panel: which figure, of which runs, with what that kind asks for. */
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import FormControlLabel from '@mui/material/FormControlLabel';
import { useEffect, useState } from 'react';
import { type FigureKind, type FigurePanel, figureKinds } from '../../../shared/figures/document.ts';
import { metricUnits } from '../../../shared/run/metrics.ts';
import { Empty } from '../../components/Empty.tsx';
import { ChoiceField } from '../../components/fields/ChoiceField.tsx';
import { NumberField } from '../../components/fields/NumberField.tsx';
import { SwitchField } from '../../components/fields/SwitchField.tsx';
import { kindLabels, panelLetter, showsOneRun, withPanel } from '../../logic/figures.ts';
import { thresholdsOf } from '../../logic/probeMaps.ts';
import { changeFigure, useFigures } from '../../state/figures.ts';
import { useView } from '../../state/view.ts';
import { loadDetail, loadProbes, useWorkspace } from '../../state/workspace.ts';

export function PanelDialog() {
  const editing = useFigures((figures) => figures.editing);
  return (
    <Dialog open={editing !== null} onClose={close} maxWidth="sm" fullWidth aria-labelledby="panel-title">
      {editing !== null && <PanelBody key={String(editing)} editing={editing} />}
    </Dialog>
  );
}

function close(): void {
  useFigures.setState({ editing: null });
}

const axes = [
  { value: 'step', label: 'steps' },
  { value: 'tokens', label: 'tokens' },
  { value: 'flops', label: 'FLOPs' },
  { value: 'seconds', label: 'time' },
] as const;

function PanelBody({ editing }: { editing: number | 'new' }) {
  const document = useFigures((figures) => figures.history?.present);
  const runs = useWorkspace((workspace) => workspace.runs.value) ?? [];
  const selected = useView((view) => view.selectedRuns);
  const before = editing === 'new' ? undefined : document?.panels[editing];
  const [panel, setPanel] = useState<FigurePanel>(
    before ?? { kind: 'loss', runs: selected.slice(0, 50), span: 1, options: {} },
  );
  const change = (next: Partial<FigurePanel>) => setPanel((now) => ({ ...now, ...next }));
  const setOptions = (options: Partial<FigurePanel['options']>) =>
    change({ options: { ...panel.options, ...options } });
  const first = panel.runs[0];
  const details = useWorkspace((workspace) => workspace.details[first ?? '']?.value);
  const probes = useWorkspace((workspace) => workspace.probes[first ?? '']?.value);
  useEffect(() => {
    if (first === undefined) return;
    void loadDetail(first);
    void loadProbes(first);
  }, [first]);
  const thresholds = thresholdsOf(probes ?? []);
  const metrics = details?.metrics ?? Object.keys(metricUnits);
  const one = showsOneRun(panel.kind);
  const problem =
    panel.runs.length === 0
      ? 'Choose a run.'
      : one && panel.runs.length > 1
        ? 'This figure shows one run: leave one chosen.'
        : null;
  const toggle = (run: string, on: boolean) => {
    if (one) change({ runs: on ? [run] : [] });
    else change({ runs: on ? [...panel.runs, run] : panel.runs.filter((other) => other !== run) });
  };
  const apply = () => {
    changeFigure(editing === 'new' ? 'add panel' : 'change panel', (now) =>
      withPanel(now, panel, editing === 'new' ? undefined : editing),
    );
    close();
  };
  return (
    <>
      <DialogTitle id="panel-title">
        {editing === 'new' ? 'Add panel' : `Panel ${panelLetter(editing)}`}
      </DialogTitle>
      <DialogContent className="panel-dialog">
        <ChoiceField
          help={{ label: 'Figure', help: 'What is drawn from the runs.' }}
          wide
          value={panel.kind}
          choices={figureKinds.map((value) => ({ value, label: kindLabels[value] }))}
          onChange={(kind) => change({ kind: kind as FigureKind, options: {} })}
        />
        {panel.kind === 'metric' && (
          <>
            <ChoiceField
              help={{ label: 'Metric', help: 'What the first run has logged.' }}
              wide
              value={panel.options.metric ?? 'train/loss'}
              choices={metrics.map((value) => ({ value, label: value }))}
              onChange={(metric) => setOptions({ metric })}
            />
            <ChoiceField
              help={{ label: 'Against', help: 'The horizontal axis.' }}
              value={panel.options.axis ?? 'tokens'}
              choices={axes}
              onChange={(value) => setOptions({ axis: axes.find((axis) => axis.value === value)?.value })}
            />
            <SwitchField
              help={{ label: 'Log horizontal', help: 'Points at 0 are left out.' }}
              value={panel.options.logX ?? false}
              onChange={(logX) => setOptions({ logX })}
            />
            <SwitchField
              help={{ label: 'Log vertical', help: 'Points at or below 0 are left out.' }}
              value={panel.options.logY ?? false}
              onChange={(logY) => setOptions({ logY })}
            />
          </>
        )}
        {panel.kind.startsWith('nsar') && thresholds.length > 0 && (
          <ChoiceField
            help={{ label: 'Threshold', symbol: 'tau', help: 'Of NSAR, in our definition.' }}
            value={String(
              panel.options.threshold ?? thresholds.find((value) => value === '0.1') ?? thresholds[0],
            )}
            choices={thresholds.map((value) => ({ value }))}
            onChange={(value) => setOptions({ threshold: Number(value) })}
          />
        )}
        {(document?.columns ?? 1) > 1 && (
          <NumberField
            help={{ label: 'Columns wide', help: 'Of the grid of panels.' }}
            value={panel.span}
            bounds={{ integer: true, minimum: 1, maximum: document?.columns ?? 1 }}
            onChange={(span) => change({ span })}
          />
        )}
        <fieldset className="panel-runs">
          <legend>{one ? 'Run' : 'Runs'}</legend>
          {runs.length === 0 && (
            <Empty text="No run yet. Train one; its figures can be drawn as it trains." />
          )}
          {runs.map((run) => (
            <FormControlLabel
              key={run.run}
              control={
                <Checkbox
                  size="small"
                  checked={panel.runs.includes(run.run)}
                  onChange={(event) => toggle(run.run, event.target.checked)}
                />
              }
              label={
                <>
                  {run.name} <span className="muted number">{run.run}</span>
                </>
              }
            />
          ))}
          {panel.runs
            .filter((run) => !runs.some((other) => other.run === run))
            .map((run) => (
              <FormControlLabel
                key={run}
                control={<Checkbox size="small" checked onChange={() => toggle(run, false)} />}
                label={<span className="muted">{run}, deleted</span>}
              />
            ))}
        </fieldset>
        {problem !== null && <p className="hint">{problem}</p>}
      </DialogContent>
      <DialogActions>
        <Button onClick={close}>Cancel</Button>
        <Button variant="contained" disabled={problem !== null} onClick={apply}>
          {editing === 'new' ? 'Add panel' : 'Change panel'}
        </Button>
      </DialogActions>
    </>
  );
}
