/** A new run of the same architecture from a checkpoint of this one, with another configuration. */
import CallSplitOutlined from '@mui/icons-material/CallSplitOutlined';
import Button from '@mui/material/Button';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import OutlinedInput from '@mui/material/OutlinedInput';
import Skeleton from '@mui/material/Skeleton';
import { useId, useState } from 'react';
import { type ErrorShape, toErrorShape } from '../../../shared/errors.ts';
import { formatInteger } from '../../../shared/format.ts';
import type { RunDetail } from '../../../shared/rpc/contract.ts';
import { type RunConfiguration, scheduleKinds } from '../../../shared/run/configuration.ts';
import { chosenRun } from '../../actions/runActions.ts';
import { Failure } from '../../components/Failure.tsx';
import { ChoiceField } from '../../components/fields/ChoiceField.tsx';
import { FieldRow } from '../../components/fields/FieldRow.tsx';
import { NumberField } from '../../components/fields/NumberField.tsx';
import { closeOverlay } from '../../state/dialogs.ts';
import { forkRun } from '../../state/runCommands.ts';
import { useView } from '../../state/view.ts';
import { loadDetail } from '../../state/workspace.ts';
import { advancedFields, mainFields } from '../design/trainingFields.ts';
import { useDetail } from './useRun.ts';

export function ForkBody() {
  const run = useState(() => chosenRun()?.run ?? '')[0];
  const detail = useDetail(run);
  return (
    <>
      <DialogTitle id="fork-title">Fork {detail.value?.name ?? 'run'}</DialogTitle>
      {detail.status === 'error' && detail.value === undefined ? (
        <DialogContent>
          <Failure error={detail.error} retry={() => void loadDetail(run)} />
        </DialogContent>
      ) : detail.value === undefined ? (
        <DialogContent>
          <Skeleton variant="rounded" height={220} />
        </DialogContent>
      ) : (
        <ForkForm detail={detail.value} />
      )}
    </>
  );
}

function ForkForm({ detail }: { detail: RunDetail }) {
  const wanted = useView((view) => view.forkStep);
  const checkpoints = [...detail.checkpoints].sort((a, b) => b.step - a.step);
  const newest = checkpoints[0]?.step ?? 0;
  const [step, setStep] = useState(checkpoints.some((row) => row.step === wanted) ? wanted! : newest);
  const [name, setName] = useState('');
  const [configuration, setConfiguration] = useState<RunConfiguration>({
    ...detail.configuration,
    // As many steps again from here as the run has had in all, unless it was cut short.
    steps: Math.max(
      detail.configuration.steps,
      step < detail.configuration.steps ? 0 : step + detail.configuration.steps,
    ),
  });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorShape | null>(null);
  const nameId = useId();
  const change = (part: Partial<RunConfiguration>) => setConfiguration({ ...configuration, ...part });
  const fork = async () => {
    setBusy(true);
    setError(null);
    try {
      await forkRun({
        run: detail.run,
        step,
        configuration,
        ...(name.trim() === '' ? {} : { name: name.trim() }),
      });
      closeOverlay();
    } catch (reason) {
      setError(toErrorShape(reason));
      setBusy(false);
    }
  };
  if (checkpoints.length === 0) {
    return (
      <DialogContent>
        <p>This run has no checkpoint to begin at. Wait for its first one, or stop it: it then writes one.</p>
      </DialogContent>
    );
  }
  const field = (setting: (typeof mainFields)[number]) => (
    <NumberField
      key={setting.name}
      help={setting.help}
      value={configuration[setting.name] ?? setting.whenNull(configuration, detail.architecture.context)}
      bounds={setting.bounds}
      problem={
        setting.name === 'steps' && configuration.steps <= step
          ? `Give more than the ${formatInteger(step)} steps that the checkpoint has done.`
          : undefined
      }
      onChange={(value) => change({ [setting.name]: value })}
    />
  );
  return (
    <>
      <DialogContent className="fork-dialog">
        <p className="muted small">
          A new run of the same architecture that goes on from the weights and the optimiser of this
          checkpoint. The run itself stays as it is.
        </p>
        <ChoiceField
          help={{ label: 'Checkpoint', help: 'The step that the new run begins at.' }}
          value={String(step)}
          choices={checkpoints.map((row) => ({
            value: String(row.step),
            label: `step ${formatInteger(row.step)}`,
          }))}
          onChange={(value) => setStep(Number(value))}
        />
        <FieldRow
          id={nameId}
          help={{ label: 'Name', help: 'Of the new run; else that of this one and the step.' }}
        >
          <OutlinedInput
            id={nameId}
            size="small"
            className="name-input"
            value={name}
            placeholder={`${detail.name} from ${step}`}
            onChange={(event) => setName(event.target.value)}
            inputProps={{ maxLength: 120, 'aria-describedby': `${nameId}-help`, autoComplete: 'off' }}
          />
        </FieldRow>
        {mainFields.map(field)}
        <ChoiceField
          help={{
            label: 'Schedule',
            help: 'Of the learning rate over all steps, those done already included.',
          }}
          value={configuration.schedule}
          choices={scheduleKinds.map((value) => ({ value }))}
          onChange={(schedule) => change({ schedule: schedule as RunConfiguration['schedule'] })}
        />
        <details>
          <summary>More settings</summary>
          {advancedFields.map(field)}
        </details>
        {error !== null && <Failure error={error} what="The run was not forked." />}
      </DialogContent>
      <DialogActions>
        <Button onClick={closeOverlay}>Cancel</Button>
        <Button
          variant="contained"
          loading={busy}
          loadingPosition="start"
          disabled={configuration.steps <= step}
          startIcon={<CallSplitOutlined fontSize="small" />}
          onClick={() => void fork()}
        >
          Fork
        </Button>
      </DialogActions>
    </>
  );
}
