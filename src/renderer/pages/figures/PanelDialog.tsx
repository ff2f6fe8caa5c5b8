/** One panel: which figure, of which runs, with what that kind asks for. */
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import FormControlLabel from '@mui/material/FormControlLabel';
import { useState } from 'react';
import { type FigureKind, type FigurePanel, figureKinds } from '../../../shared/figures/document.ts';
import { Empty } from '../../components/Empty.tsx';
import { ChoiceField } from '../../components/fields/ChoiceField.tsx';
import { NumberField } from '../../components/fields/NumberField.tsx';
import { kindLabels, missingOptions, panelLetter, showsOneRun, withPanel } from '../../logic/figures.ts';
import { changeFigure, useFigures } from '../../state/figures.ts';
import { useView } from '../../state/view.ts';
import { useWorkspace } from '../../state/workspace.ts';
import { PanelOptionFields } from './PanelOptionFields.tsx';

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
  const one = showsOneRun(panel.kind);
  const problem =
    panel.runs.length === 0
      ? 'Choose a run.'
      : one && panel.runs.length > 1
        ? 'This figure shows one run: leave one chosen.'
        : missingOptions(panel);
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
        <PanelOptionFields panel={panel} setOptions={setOptions} />
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
