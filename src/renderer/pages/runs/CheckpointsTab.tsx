/** Checkpoints of a run, and text sampled from one of them. */
import AutoAwesomeOutlined from '@mui/icons-material/AutoAwesomeOutlined';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import OutlinedInput from '@mui/material/OutlinedInput';
import Select from '@mui/material/Select';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import { useId, useState } from 'react';
import { type ErrorShape, toErrorShape } from '../../../shared/errors.ts';
import { formatBytes, formatInteger, formatNumber } from '../../../shared/format.ts';
import type { CheckpointRow, RunSummary } from '../../../shared/rpc/contract.ts';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import { FieldRow } from '../../components/fields/FieldRow.tsx';
import { NumberField } from '../../components/fields/NumberField.tsx';
import { openOverlay } from '../../state/dialogs.ts';
import { sayError } from '../../state/messages.ts';
import { resumeRun } from '../../state/runCommands.ts';
import { isLive } from '../../state/runData.ts';
import { setView } from '../../state/view.ts';
import { host, loadDetail } from '../../state/workspace.ts';
import { useDetail } from './useRun.ts';

export function CheckpointsTab({ run }: { run: RunSummary }) {
  const detail = useDetail(run.run);
  if (detail.status === 'error' && detail.value === undefined)
    return <Failure error={detail.error} retry={() => void loadDetail(run.run)} />;
  if (detail.value === undefined) return <Skeleton variant="rounded" height={240} />;
  const checkpoints = [...detail.value.checkpoints].sort((a, b) => b.step - a.step);
  if (checkpoints.length === 0) {
    return (
      <Empty
        text={
          isLive(run)
            ? 'The first checkpoint is written soon; text can be sampled from it then.'
            : 'This run has no checkpoint.'
        }
      />
    );
  }
  return (
    <div className="checkpoints">
      <SamplePanel run={run} checkpoints={checkpoints} />
      <section className="card checkpoint-card" aria-label="Checkpoints">
        <Typography variant="h3">Checkpoints</Typography>
        <table className="table">
          <thead>
            <tr>
              <th scope="col" className="right">
                Step
              </th>
              <th scope="col" className="right">
                Loss
              </th>
              <th scope="col" className="right">
                Size
              </th>
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {checkpoints.map((checkpoint) => (
              <tr key={checkpoint.step}>
                <td
                  className="right number"
                  title={`Written ${new Date(checkpoint.createdAt).toLocaleString()}\n${checkpoint.path}`}
                >
                  {formatInteger(checkpoint.step)}
                </td>
                <td className="right number">{formatNumber(checkpoint.loss)}</td>
                <td className="right number">{formatBytes(checkpoint.bytes)}</td>
                <td className="right">
                  <Button
                    onClick={() =>
                      setView({ page: 'inspect', inspectRun: run.run, inspectStep: checkpoint.step })
                    }
                  >
                    Inspect
                  </Button>
                  <Button
                    onClick={() => {
                      setView({ forkStep: checkpoint.step, selectedRuns: [run.run] });
                      openOverlay('fork');
                    }}
                  >
                    Fork
                  </Button>
                  {!isLive(run) && checkpoint.step < run.steps && (
                    <Button onClick={() => void resumeRun(run.run, checkpoint.step).catch(sayError)}>
                      Resume here
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

function SamplePanel({ run, checkpoints }: { run: RunSummary; checkpoints: readonly CheckpointRow[] }) {
  const [prompt, setPrompt] = useState('The ');
  const [step, setStep] = useState<number | null>(null);
  const [temperature, setTemperature] = useState(0.8);
  const [tokens, setTokens] = useState(96);
  const [seed, setSeed] = useState(0);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorShape | null>(null);
  const [sample, setSample] = useState<{ prompt: string; text: string; step: number } | null>(null);
  const promptId = useId();
  const stepId = useId();
  const from =
    step !== null && checkpoints.some((checkpoint) => checkpoint.step === step)
      ? step
      : (checkpoints[0]?.step ?? 0);

  const ask = async () => {
    setBusy(true);
    setError(null);
    try {
      const result = await host().call('runs.sample', {
        run: run.run,
        step: from,
        prompt,
        tokens,
        temperature,
        seed,
      });
      setSample({ prompt, text: result.text, step: from });
    } catch (reason) {
      setError(toErrorShape(reason));
    } finally {
      setBusy(false);
    }
  };

  return (
    <section className="card sample-card" aria-label="Sample text">
      <Typography variant="h3">Sample text</Typography>
      <label htmlFor={promptId} className="muted small">
        Prompt
      </label>
      <OutlinedInput
        id={promptId}
        multiline
        minRows={2}
        maxRows={6}
        fullWidth
        value={prompt}
        onChange={(event) => setPrompt(event.target.value)}
        className="prompt"
      />
      <div className="sample-fields">
        <FieldRow id={stepId} help={{ label: 'Checkpoint', help: 'The step whose weights write the text.' }}>
          <Select
            className="field-input"
            value={from}
            onChange={(event) => setStep(event.target.value)}
            SelectDisplayProps={{ id: stepId, 'aria-label': 'Checkpoint' }}
          >
            {checkpoints.map((checkpoint) => (
              <MenuItem key={checkpoint.step} value={checkpoint.step}>
                step {formatInteger(checkpoint.step)}
              </MenuItem>
            ))}
          </Select>
        </FieldRow>
        <NumberField
          help={{
            label: 'Temperature',
            help: '0 takes the likeliest token every time; 1 draws from the model as it is.',
          }}
          value={temperature}
          bounds={{ integer: false, minimum: 0, maximum: 10 }}
          onChange={setTemperature}
        />
        <NumberField
          help={{ label: 'Tokens', help: 'How many to write.' }}
          value={tokens}
          bounds={{ integer: true, minimum: 1, maximum: 4096 }}
          onChange={setTokens}
        />
        <NumberField
          help={{ label: 'Seed', help: 'The same seed writes the same text.' }}
          value={seed}
          bounds={{ integer: true, minimum: 0, maximum: null }}
          onChange={setSeed}
        />
      </div>
      <Button
        variant="contained"
        startIcon={<AutoAwesomeOutlined fontSize="small" />}
        loading={busy}
        loadingPosition="start"
        onClick={() => void ask()}
      >
        Sample
      </Button>
      {error !== null && <Failure error={error} retry={() => void ask()} />}
      {sample !== null && (
        <figure className="sample">
          <figcaption className="muted small">Step {formatInteger(sample.step)}</figcaption>
          <p data-testid="sample-text">
            <span className="sample-prompt">{sample.prompt}</span>
            {sample.text.startsWith(sample.prompt) ? sample.text.slice(sample.prompt.length) : sample.text}
          </p>
        </figure>
      )}
    </section>
  );
}
