/** What can be done to runs. Each says what it did; failures go to the caller. */
import { FinegrainError } from '../../shared/errors.ts';
import { formatCount, formatInteger } from '../../shared/format.ts';
import type { RunSummary } from '../../shared/rpc/contract.ts';
import { type RunConfiguration, runConfigurationSchema } from '../../shared/run/configuration.ts';
import { runName } from '../logic/names.ts';
import { currentDocument } from './design.ts';
import { say } from './messages.ts';
import { useTraining } from './training.ts';
import { openRun, setView, useView } from './view.ts';
import { forgetRun, host, loadData, loadRuns, useWorkspace } from './workspace.ts';

/** Starts a run of the document on the canvas with the configuration of the Train panel, and shows it. */
export async function startRun(): Promise<void> {
  const { configuration, name, starting } = useTraining.getState();
  if (starting) return;
  if (configuration.data.length === 0) {
    setView({ page: 'design', designTab: 'train' });
    throw new FinegrainError(
      'configuration.invalid',
      'No text is chosen to train on.',
      'Choose a data set in the Train panel.',
    );
  }
  useTraining.setState({ starting: true });
  try {
    const ready = await withSamples(configuration);
    const trimmed = name.trim();
    const { run } = await host().call('runs.start', {
      architecture: currentDocument(),
      configuration: runConfigurationSchema.parse(ready),
      name: trimmed === '' ? runName(currentDocument()) : trimmed,
    });
    useTraining.setState({ name: '' });
    await loadRuns();
    openRun(run);
    say(`Run ${nameOf(run)} started: ${formatInteger(configuration.steps)} steps.`);
  } finally {
    useTraining.setState({ starting: false });
  }
}

/** Sample data sets that are chosen but not in the workspace yet are added first. */
async function withSamples(configuration: RunConfiguration): Promise<RunConfiguration> {
  const known = new Set(useWorkspace.getState().data.value?.map((row) => row.name) ?? []);
  const samples = new Set(useWorkspace.getState().samples.value?.map((sample) => sample.name) ?? []);
  for (const { name } of configuration.data) {
    if (!known.has(name) && samples.has(name)) await addSample(name);
  }
  return configuration;
}

export async function addSample(name: string): Promise<void> {
  const row = await host().call('data.addSample', { name });
  await loadData();
  say(`Data set ${row.name} added: ${formatCount(row.documents, 'document')}.`);
}

export async function addText(name: string, files: { name: string; text: string }[]): Promise<void> {
  const row = await host().call('data.addText', { name, files });
  await loadData();
  say(`Data set ${row.name} added: ${formatCount(row.documents, 'document')}.`);
}

export async function pauseRun(run: string): Promise<void> {
  await host().call('runs.pause', { run });
  say(`Pausing ${nameOf(run)} after the current step.`);
}

export async function resumeRun(run: string, fromStep?: number): Promise<void> {
  await host().call('runs.resume', fromStep === undefined ? { run } : { run, fromStep });
  say(
    fromStep === undefined
      ? `Resuming ${nameOf(run)}.`
      : `Resuming ${nameOf(run)} from step ${formatInteger(fromStep)}.`,
  );
}

export async function stopRun(run: string): Promise<void> {
  await host().call('runs.stop', { run });
  say(`Stopping ${nameOf(run)}; a checkpoint is written first.`);
}

export async function archiveRun(run: string, archived: boolean): Promise<void> {
  await host().call('runs.archive', { run, archived });
  await loadRuns();
  say(archived ? `Run ${nameOf(run)} archived.` : `Run ${nameOf(run)} is back in the list.`, {
    action: { label: 'Undo', run: () => void archiveRun(run, !archived) },
  });
}

const graceSeconds = 8;
const pending = new Map<string, ReturnType<typeof setTimeout>>();

/**
 * Deletes a run after a few seconds in which it can be brought back; until then nothing has happened on disk. Closing
 * the window in that time keeps the run.
 */
export function deleteRun(run: RunSummary): void {
  if (pending.has(run.run)) return;
  const before = useWorkspace.getState().runs.value ?? [];
  useWorkspace.setState({
    runs: { status: 'ready', value: before.filter((other) => other.run !== run.run) },
  });
  const { selectedRuns } = useView.getState();
  setView({ selectedRuns: selectedRuns.filter((other) => other !== run.run) });
  const timer = setTimeout(() => {
    pending.delete(run.run);
    host()
      .call('runs.delete', { run: run.run })
      .then(() => forgetRun(run.run))
      .catch(async (error: unknown) => {
        await loadRuns();
        const shape = error instanceof FinegrainError ? error : null;
        say(shape?.message ?? `Run ${run.name} could not be deleted.`, {
          severity: 'error',
          ...(shape?.hint === undefined ? {} : { hint: shape.hint }),
        });
      });
  }, graceSeconds * 1000);
  pending.set(run.run, timer);
  say(`Run ${run.name} is being deleted with its checkpoints.`, {
    action: {
      label: 'Undo',
      run: () => {
        clearTimeout(pending.get(run.run));
        pending.delete(run.run);
        void loadRuns();
        setView({ selectedRuns: [run.run] });
        say(`Run ${run.name} is kept.`);
      },
    },
  });
}

export function isBeingDeleted(run: string): boolean {
  return pending.has(run);
}

function nameOf(run: string): string {
  return useWorkspace.getState().runs.value?.find((other) => other.run === run)?.name ?? run;
}
