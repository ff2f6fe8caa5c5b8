/** A sweep: fields with their values, as a grid or drawn at random, over seeds; counted before it is queued. */
import AddOutlined from '@mui/icons-material/AddOutlined';
import CloseOutlined from '@mui/icons-material/CloseOutlined';
import PlaylistAddOutlined from '@mui/icons-material/PlaylistAddOutlined';
import Autocomplete from '@mui/material/Autocomplete';
import Button from '@mui/material/Button';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import IconButton from '@mui/material/IconButton';
import OutlinedInput from '@mui/material/OutlinedInput';
import TextField from '@mui/material/TextField';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import { useDeferredValue, useId, useMemo, useState } from 'react';
import { type ErrorShape, toErrorShape } from '../../../shared/errors.ts';
import { formatCount, formatDuration, formatInteger, formatSI } from '../../../shared/format.ts';
import { changeableFields, runFields } from '../../../shared/run/fields.ts';
import { describeValues, type SweepPlan } from '../../../shared/run/sweep.ts';
import { valuesHint } from '../../../shared/run/sweepText.ts';
import { Failure } from '../../components/Failure.tsx';
import { FieldRow } from '../../components/fields/FieldRow.tsx';
import { NumberField } from '../../components/fields/NumberField.tsx';
import { runName } from '../../logic/names.ts';
import { firstForm, planOf, type SweepForm, sweepOutlook } from '../../logic/sweepForm.ts';
import { closeOverlay } from '../../state/dialogs.ts';
import { startSweep } from '../../state/runCommands.ts';
import { useTraining } from '../../state/training.ts';
import { setView } from '../../state/view.ts';
import { useWorkspace } from '../../state/workspace.ts';
import { useDocument } from '../design/useDocument.ts';

/** Kept while the window is open: a sweep is often put together in several goes. */
let lastForm: SweepForm = firstForm;

export function SweepBody() {
  const document = useDocument();
  const configuration = useTraining((training) => training.configuration);
  const runs = useWorkspace((workspace) => workspace.runs.value);
  const [form, setForm] = useState(lastForm);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorShape | null>(null);
  const nameId = useId();
  const base = useMemo(() => ({ architecture: document, configuration }), [document, configuration]);
  const deferred = useDeferredValue(form);
  const outlook = useMemo(() => sweepOutlook(deferred, base, runs ?? []), [deferred, base, runs]);
  const noData = configuration.data.length === 0;

  const change = (part: Partial<SweepForm>) => {
    lastForm = { ...form, ...part };
    setForm(lastForm);
    setError(null);
  };
  const start = async () => {
    setBusy(true);
    setError(null);
    try {
      await startSweep(planOf(form) satisfies SweepPlan, form.name);
      closeOverlay();
    } catch (reason) {
      setError(toErrorShape(reason));
      setBusy(false);
    }
  };

  return (
    <>
      <DialogTitle id="sweep-title">Sweep</DialogTitle>
      <DialogContent className="sweep-dialog">
        <p className="muted small">
          Runs of <strong>{document.name}</strong>, {formatCount(configuration.steps, 'step')}
          {noData ? '' : ` on ${configuration.data.map((source) => source.name).join(', ')}`}, each with other
          values of the fields below. Everything else is as on the canvas and in the Train panel.
        </p>
        <div className="sweep-top">
          <ToggleButtonGroup
            exclusive
            size="small"
            value={form.kind}
            onChange={(_, kind: SweepForm['kind'] | null) => kind !== null && change({ kind })}
            aria-label="Kind of sweep"
          >
            <ToggleButton value="grid">Grid: every combination</ToggleButton>
            <ToggleButton value="random">Random: drawn combinations</ToggleButton>
          </ToggleButtonGroup>
        </div>
        <Axes form={form} base={base} wrong={outlook.wrong} onChange={(axes) => change({ axes })} />
        <div className="sweep-numbers">
          {form.kind === 'random' && (
            <>
              <NumberField
                help={{ label: 'Combinations', help: 'How many are drawn.' }}
                value={form.draws}
                bounds={{ integer: true, minimum: 1, maximum: 500 }}
                onChange={(draws) => change({ draws })}
              />
              <NumberField
                help={{ label: 'Draw seed', help: 'The same seed draws the same combinations.' }}
                value={form.drawSeed}
                bounds={{ integer: true, minimum: 0, maximum: null }}
                onChange={(drawSeed) => change({ drawSeed })}
              />
            </>
          )}
          <NumberField
            help={{ label: 'Seeds', help: 'Runs of every combination, each with another seed.' }}
            value={form.seeds}
            bounds={{ integer: true, minimum: 1, maximum: 100 }}
            onChange={(seeds) => change({ seeds })}
          />
          <FieldRow id={nameId} help={{ label: 'Name', help: 'Of the sweep; its runs begin with it.' }}>
            <OutlinedInput
              id={nameId}
              size="small"
              className="name-input"
              value={form.name}
              placeholder={runName(document)}
              onChange={(event) => change({ name: event.target.value })}
              inputProps={{ maxLength: 80, 'aria-describedby': `${nameId}-help`, autoComplete: 'off' }}
            />
          </FieldRow>
        </div>
        <div className="sweep-outlook" role="status">
          {outlook.error === null ? (
            <>
              <strong className="number">{formatCount(outlook.runs, 'run')}</strong>
              <span>
                <span className="number">{formatSI(outlook.tokens)}</span> tokens,{' '}
                <span className="number">{formatSI(outlook.flops, 'FLOP')}</span>
              </span>
              {outlook.seconds !== null && (
                <span>
                  about <span className="number">{formatDuration(outlook.seconds)}</span>, judging by{' '}
                  {outlook.judgedBy}
                </span>
              )}
              <span className="muted small sweep-examples">
                {outlook.first.map(describeValues).join(' · ')}
                {outlook.runs > outlook.first.length &&
                  ` · and ${formatInteger(outlook.runs - outlook.first.length)} more`}
              </span>
            </>
          ) : (
            <span className="obstacle">
              {outlook.error.message} {outlook.error.hint}
            </span>
          )}
        </div>
        {noData && (
          <p className="obstacle small">
            No text is chosen to train on.{' '}
            <button
              type="button"
              className="text-button"
              onClick={() => {
                closeOverlay();
                setView({ page: 'design', designTab: 'train' });
              }}
            >
              Choose one in the Train panel
            </button>
          </p>
        )}
        {error !== null && <Failure error={error} what="The sweep was not started." />}
      </DialogContent>
      <DialogActions>
        <Button onClick={closeOverlay}>Cancel</Button>
        <Button
          variant="contained"
          loading={busy}
          loadingPosition="start"
          disabled={outlook.error !== null || noData}
          startIcon={<PlaylistAddOutlined fontSize="small" />}
          onClick={() => void start()}
        >
          {outlook.error === null ? `Queue ${formatCount(outlook.runs, 'run')}` : 'Queue'}
        </Button>
      </DialogActions>
    </>
  );
}

interface AxesProps {
  readonly form: SweepForm;
  readonly base: Parameters<typeof changeableFields>[0];
  /** What is wrong with a field, by its name. */
  readonly wrong: ReadonlyMap<string, string>;
  readonly onChange: (axes: SweepForm['axes']) => void;
}

export function Axes({ form, base, wrong, onChange }: AxesProps) {
  const names = useMemo(() => changeableFields(base), [base]);
  const now = useMemo(() => runFields(base.architecture, base.configuration), [base]);
  const set = (index: number, part: Partial<SweepForm['axes'][number]>) =>
    onChange(form.axes.map((axis, at) => (at === index ? { ...axis, ...part } : axis)));
  return (
    <div className="sweep-axes">
      {form.axes.map((axis, index) => {
        const problem = wrong.get(axis.field);
        const current = now[axis.field]?.join(', ');
        return (
          <div className="sweep-axis" key={`axis ${index}`}>
            <Autocomplete
              freeSolo
              size="small"
              options={names}
              inputValue={axis.field}
              onInputChange={(_, field) => set(index, { field })}
              renderInput={(params) => (
                <TextField {...params} label={`Field ${index + 1}`} placeholder="learningRate" />
              )}
            />
            <TextField
              size="small"
              label={`Values ${index + 1}`}
              value={axis.values}
              placeholder="0.001, 0.003 or 1e-4..1e-2:log:5"
              error={problem !== undefined}
              helperText={problem ?? (current === undefined ? valuesHint : `Now ${current}. ${valuesHint}`)}
              onChange={(event) => set(index, { values: event.target.value })}
              slotProps={{ htmlInput: { className: 'number', spellCheck: false, autoComplete: 'off' } }}
            />
            <IconButton
              size="small"
              aria-label={`Remove field ${index + 1}`}
              onClick={() => onChange(form.axes.filter((_, at) => at !== index))}
            >
              <CloseOutlined fontSize="small" />
            </IconButton>
          </div>
        );
      })}
      <Button
        size="small"
        startIcon={<AddOutlined fontSize="small" />}
        onClick={() => onChange([...form.axes, { field: '', values: '' }])}
      >
        Add a field
      </Button>
    </div>
  );
}
