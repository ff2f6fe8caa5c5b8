/** What is looked at: a run and its checkpoint, another to compare with, and the text that they read. */
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import OutlinedInput from '@mui/material/OutlinedInput';
import Select from '@mui/material/Select';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import { useId } from 'react';
import { formatInteger } from '../../../shared/format.ts';
import type { CheckpointRow, RunDetail, RunSummary } from '../../../shared/rpc/contract.ts';
import { readableWindows } from '../../../shared/run/reading.ts';
import { MethodBadge, ReconstructionBadge } from '../../components/MethodBadge.tsx';
import { type Passage, setInspect, useInspect } from '../../state/inspect.ts';
import { setView, useView } from '../../state/view.ts';
import { useWorkspace } from '../../state/workspace.ts';
import type { Side } from './sides.ts';

interface Props {
  readonly runs: readonly RunSummary[];
  readonly run: RunSummary;
  readonly detail: RunDetail | undefined;
  readonly other: RunDetail | undefined;
  readonly sides: readonly Side[];
  readonly busy: boolean;
}

export function SubjectBar({ runs, run, detail, other, sides, busy }: Props) {
  const compare = useInspect((state) => state.compare);
  const candidates = runs.filter((candidate) => candidate.step > 0);
  return (
    <div className="inspect-bar">
      <div className="inspect-row">
        <Choice
          label="Run"
          value={run.run}
          onChange={(value) => setView({ inspectRun: value, inspectStep: null })}
          options={candidates.map((one) => ({ value: one.run, label: one.name }))}
        />
        <CheckpointChoice
          label="Checkpoint"
          checkpoints={detail?.checkpoints ?? []}
          step={sides[0]?.step ?? null}
          onChange={(step) => setView({ inspectStep: step })}
        />
        <span className="view-badges">
          {run.methods.map((kind) => (
            <span key={kind} className="view-badges">
              <MethodBadge kind={kind} />
              <ReconstructionBadge kind={kind} />
            </span>
          ))}
        </span>
        <span className="grow" />
        <Choice
          label="Compare with"
          value={compare?.run ?? ''}
          onChange={(value) => setInspect({ compare: value === '' ? null : { run: value, step: null } })}
          options={[
            { value: '', label: 'nothing' },
            ...candidates.map((one) => ({ value: one.run, label: one.name })),
          ]}
        />
        {compare !== null && (
          <CheckpointChoice
            label="Checkpoint to compare with"
            checkpoints={other?.checkpoints ?? []}
            step={sides[1]?.step ?? null}
            onChange={(step) => setInspect({ compare: { run: compare.run, step } })}
          />
        )}
      </div>
      <PassageRow run={run} detail={detail} busy={busy} ready={sides.length > 0} />
    </div>
  );
}

function PassageRow({
  run,
  detail,
  busy,
  ready,
}: {
  run: RunSummary;
  detail: RunDetail | undefined;
  busy: boolean;
  ready: boolean;
}) {
  const text = useView((view) => view.inspectText);
  const { from, data, window } = useInspect();
  const sets = useWorkspace((workspace) => workspace.data.value ?? []);
  const textId = useId();
  const own = detail?.configuration.data[0]?.name ?? null;
  const chosen = sets.some(({ name }) => name === data) ? data : (own ?? sets[0]?.name ?? null);
  const next: Passage | null =
    from === 'text'
      ? text.trim() === ''
        ? null
        : { kind: 'text', text }
      : chosen === null
        ? null
        : { kind: 'data', data: chosen, window };
  const read = () => next !== null && setInspect({ passage: next, token: null });
  const move = (to: number) => {
    if (chosen === null) return;
    const at = Math.max(0, Math.min(readableWindows - 1, to));
    setInspect({ window: at, passage: { kind: 'data', data: chosen, window: at }, token: null });
  };
  return (
    <div className="inspect-row">
      <ToggleButtonGroup
        exclusive
        size="small"
        value={from}
        aria-label="Where the text comes from"
        onChange={(_, value: 'text' | 'data' | null) => value !== null && setInspect({ from: value })}
      >
        <ToggleButton value="text">Typed</ToggleButton>
        <ToggleButton value="data">Data set</ToggleButton>
      </ToggleButtonGroup>
      {from === 'text' ? (
        <>
          <label htmlFor={textId} className="visually-hidden">
            Text to read
          </label>
          <OutlinedInput
            id={textId}
            multiline
            minRows={1}
            maxRows={4}
            placeholder="Type or paste a text for the model to read"
            value={text}
            onChange={(event) => setView({ inspectText: event.target.value })}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || event.shiftKey || event.ctrlKey || event.metaKey) return;
              event.preventDefault();
              read();
            }}
            className="inspect-text"
          />
        </>
      ) : (
        <>
          <Choice
            label="Validation text of"
            value={chosen ?? ''}
            onChange={(value) => setInspect({ data: value, window: 0 })}
            options={
              sets.length === 0
                ? [{ value: '', label: 'no data set' }]
                : sets.map(({ name }) => ({ value: name, label: name }))
            }
          />
          <span className="view-control">
            <span>
              window <span className="number">{window + 1}</span>
            </span>
            <Button
              variant="outlined"
              className="step-button"
              disabled={chosen === null || window === 0}
              onClick={() => move(window - 1)}
            >
              Previous window
            </Button>
            <Button
              variant="outlined"
              className="step-button"
              disabled={chosen === null || window === readableWindows - 1}
              onClick={() => move(window + 1)}
            >
              Next window
            </Button>
          </span>
          <span className="grow" />
        </>
      )}
      <Button
        variant="contained"
        loading={busy}
        disabled={!ready || next === null}
        onClick={read}
        aria-describedby={`${textId}-why`}
      >
        Read
      </Button>
      <span id={`${textId}-why`} className="visually-hidden">
        {ready ? '' : `Run ${run.name} has no checkpoint yet.`}
      </span>
    </div>
  );
}

function CheckpointChoice({
  label,
  checkpoints,
  step,
  onChange,
}: {
  label: string;
  checkpoints: readonly CheckpointRow[];
  step: number | null;
  onChange: (step: number) => void;
}) {
  const sorted = [...checkpoints].sort((a, b) => a.step - b.step);
  return (
    <Choice
      label={label}
      value={step === null ? '' : String(step)}
      onChange={(value) => onChange(Number(value))}
      options={
        sorted.length === 0
          ? [{ value: '', label: 'none yet' }]
          : sorted.map((row) => ({ value: String(row.step), label: `step ${formatInteger(row.step)}` }))
      }
    />
  );
}

export function Choice({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string;
  options: readonly { value: string; label: string }[];
  onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <span className="view-control">
      <label htmlFor={id}>{label.toLowerCase()}</label>
      <Select
        className="view-select"
        displayEmpty
        value={options.some((option) => option.value === value) ? value : ''}
        onChange={(event) => onChange(event.target.value)}
        SelectDisplayProps={{ id, 'aria-label': label }}
      >
        {options.map((option) => (
          <MenuItem key={option.value} value={option.value}>
            {option.label}
          </MenuItem>
        ))}
      </Select>
    </span>
  );
}
