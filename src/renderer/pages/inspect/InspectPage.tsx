/** Inside a trained model on a text: which tokens surprise it, how sparse its layers are, how its experts share the work. */
import TroubleshootOutlined from '@mui/icons-material/TroubleshootOutlined';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import OutlinedInput from '@mui/material/OutlinedInput';
import Select from '@mui/material/Select';
import Skeleton from '@mui/material/Skeleton';
import { useEffect, useId, useRef, useState } from 'react';
import { type ErrorShape, toErrorShape } from '../../../shared/errors.ts';
import { formatInteger, formatNumber } from '../../../shared/format.ts';
import type { Outputs, RunSummary } from '../../../shared/rpc/contract.ts';
import { ActionButton } from '../../actions/ActionButton.tsx';
import { inspectedRun } from '../../actions/actions.ts';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import { MethodBadge, ReconstructionBadge, reconstructionText } from '../../components/MethodBadge.tsx';
import { setView, useView } from '../../state/view.ts';
import { host, useWorkspace } from '../../state/workspace.ts';
import { useDetail } from '../runs/useRun.ts';
import { LayersView } from './LayersView.tsx';
import { TokensView } from './TokensView.tsx';
import './inspect.css';

const noRuns: readonly RunSummary[] = [];

export default function InspectPage() {
  const runs = useWorkspace((workspace) => workspace.runs.value ?? noRuns);
  useView((view) => view.inspectRun);
  const run = inspectedRun();
  if (run === null) {
    return (
      <section className="inspect" aria-label="Inspect">
        <h1 className="visually-hidden">Inspect</h1>
        <Empty
          text="There is no trained model yet. A run can be looked into as soon as it has a checkpoint."
          icon={<TroubleshootOutlined />}
        >
          <ActionButton name="train.start" label="Go to Train" variant="contained" />
        </Empty>
      </section>
    );
  }
  return <Inspection key={run.run} run={run} runs={runs} />;
}

interface Result {
  readonly step: number;
  readonly evaluation: Outputs['runs.evaluate'];
  readonly probe: Outputs['runs.inspect'];
}

function Inspection({ run, runs }: { run: RunSummary; runs: readonly RunSummary[] }) {
  const text = useView((view) => view.inspectText);
  const wantedStep = useView((view) => view.inspectStep);
  const detail = useDetail(run.run);
  const [result, setResult] = useState<Result | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorShape | null>(null);
  const [layer, setLayer] = useState(0);
  const runId = useId();
  const stepId = useId();
  const textId = useId();
  const asked = useRef(0);
  const checkpoints = [...(detail.value?.checkpoints ?? [])].sort((a, b) => a.step - b.step);
  const step = checkpoints.some((checkpoint) => checkpoint.step === wantedStep)
    ? wantedStep
    : (checkpoints.at(-1)?.step ?? null);

  const reconstruction = reconstructionText(run.methods);
  const look = async (at: number) => {
    asked.current++;
    const own = asked.current;
    setBusy(true);
    setError(null);
    try {
      const [evaluation, probe] = await Promise.all([
        host().call('runs.evaluate', { run: run.run, step: at, text }),
        host().call('runs.inspect', { run: run.run, step: at, text }),
      ]);
      if (own === asked.current) setResult({ step: at, evaluation, probe });
    } catch (reason) {
      if (own === asked.current) setError(toErrorShape(reason));
    } finally {
      if (own === asked.current) setBusy(false);
    }
  };
  // Another checkpoint was chosen (here, or by [ and ]): the same text is read by it.
  const shownStep = result?.step ?? null;
  useEffect(() => {
    if (step !== null && shownStep !== null && shownStep !== step && !busy) void look(step);
  }, [step]);

  return (
    <section className="inspect" aria-label="Inspect">
      <h1 className="visually-hidden">Inspect</h1>
      <div className="inspect-bar">
        <div className="inspect-choice">
          <label htmlFor={runId}>Run</label>
          <Select
            value={run.run}
            onChange={(event) => setView({ inspectRun: event.target.value, inspectStep: null })}
            SelectDisplayProps={{ id: runId, 'aria-label': 'Run' }}
          >
            {runs.map((candidate) => (
              <MenuItem key={candidate.run} value={candidate.run}>
                {candidate.name}
              </MenuItem>
            ))}
          </Select>
          <label htmlFor={stepId}>Checkpoint</label>
          <Select
            value={step ?? ''}
            displayEmpty
            disabled={checkpoints.length === 0}
            onChange={(event) => setView({ inspectStep: Number(event.target.value) })}
            SelectDisplayProps={{ id: stepId, 'aria-label': 'Checkpoint' }}
          >
            {checkpoints.length === 0 && <MenuItem value="">none yet</MenuItem>}
            {checkpoints.map((checkpoint) => (
              <MenuItem key={checkpoint.step} value={checkpoint.step}>
                step {formatInteger(checkpoint.step)}
              </MenuItem>
            ))}
          </Select>
          {run.methods.map((kind) => (
            <span key={kind} className="badges">
              <MethodBadge kind={kind} />
              <ReconstructionBadge kind={kind} />
            </span>
          ))}
        </div>
        <label htmlFor={textId} className="visually-hidden">
          Text to read
        </label>
        <OutlinedInput
          id={textId}
          multiline
          minRows={2}
          maxRows={5}
          fullWidth
          placeholder="Type or paste a text for the model to read"
          value={text}
          onChange={(event) => setView({ inspectText: event.target.value })}
          className="inspect-text"
        />
        <Button
          variant="contained"
          loading={busy}
          disabled={step === null || text.trim() === ''}
          onClick={() => step !== null && void look(step)}
        >
          Read
        </Button>
      </div>
      {reconstruction !== null && <p className="run-banner inspect-banner">{reconstruction}</p>}
      <div className="inspect-body">
        {error !== null && (
          <Failure
            error={error}
            what="The text was not read."
            retry={() => step !== null && void look(step)}
          />
        )}
        {busy && result === null && <Skeleton variant="rounded" height={300} />}
        {result === null && !busy && error === null && (
          <Empty
            text={
              checkpoints.length === 0
                ? 'This run has no checkpoint yet.'
                : 'Give the model a text: every token is coloured by its loss, and every layer shows its sparsity and routing.'
            }
            icon={<TroubleshootOutlined />}
          />
        )}
        {result !== null && (
          <div className="inspect-result" aria-busy={busy}>
            <dl className="facts">
              <Fact label="loss (nats/token)" value={formatNumber(result.evaluation.loss)} />
              <Fact label="perplexity" value={formatNumber(result.evaluation.perplexity)} />
              <Fact label="bits per byte" value={formatNumber(result.evaluation.bitsPerByte)} />
              <Fact label="tokens" value={formatInteger(result.evaluation.tokens)} />
              <Fact label="checkpoint" value={`step ${formatInteger(result.step)}`} />
            </dl>
            <TokensView tokens={result.evaluation.perToken} />
            <LayersView layers={result.probe.layers} layer={layer} choose={setLayer} />
          </div>
        )}
      </div>
    </section>
  );
}

function Fact({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd className="number">{value}</dd>
    </div>
  );
}
