/** What can be done to runs. Each says what it did; failures go to the caller. */
import type { Architecture } from '../../shared/architecture/document.ts';
import { FinegrainError } from '../../shared/errors.ts';
import { formatCount, formatInteger } from '../../shared/format.ts';
import type { Input, RunSummary } from '../../shared/rpc/contract.ts';
import { type RunConfiguration, runConfigurationSchema } from '../../shared/run/configuration.ts';
import type { SweepPlanInput } from '../../shared/run/sweep.ts';
import { runName } from '../logic/names.ts';
import { currentDocument } from './design.ts';
import { say, sayError } from './messages.ts';
import { openHeading } from './runTable.ts';
import { useTraining } from './training.ts';
import { openRun, setView, useView } from './view.ts';
import { forgetRun, host, loadData, loadRuns, useWorkspace } from './workspace.ts';

/** Starts a run of the document on the canvas with the configuration of the Train panel, and shows it. */
export async function startRun(): Promise<void> {
  const run = await start(currentDocument(), useTraining.getState().name);
  if (run === null) return;
  useTraining.setState({ name: '' });
  openRun(run);
  say(`Run ${nameOf(run)} started: ${formatInteger(useTraining.getState().configuration.steps)} steps.`);
}

/** Queues a run of another document with the configuration of the Train panel; the page stays where it is. */
export async function queueRun(document: Architecture): Promise<void> {
  const run = await start(document, '');
  if (run === null) return;
  say(`Run ${nameOf(run)} is queued.`, {
    action: { label: 'Show', run: () => openRun(run) },
    run,
  });
}

/** The id of the run; null where another is just being started. An empty name is made up from the document. */
async function start(document: Architecture, name: string): Promise<string | null> {
  const { configuration, starting } = useTraining.getState();
  if (starting) return null;
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
      architecture: document,
      configuration: runConfigurationSchema.parse(ready),
      name: trimmed === '' ? runName(document) : trimmed,
    });
    await loadRuns();
    return run;
  } finally {
    useTraining.setState({ starting: false });
  }
}

/** Sample data sets that are chosen but not in the workspace yet are added first. */
export async function withSamples(configuration: RunConfiguration): Promise<RunConfiguration> {
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

/** Into the trash of the workspace, where runs stay 30 days; the message brings them back at once. */
export async function deleteRuns(runs: readonly RunSummary[]): Promise<void> {
  const { selectedRuns } = useView.getState();
  const gone: RunSummary[] = [];
  try {
    for (const run of runs) {
      await host().call('runs.delete', { run: run.run });
      gone.push(run);
    }
  } finally {
    for (const run of gone) forgetRun(run.run);
    setView({ selectedRuns: selectedRuns.filter((id) => !gone.some((run) => run.run === id)) });
    if (gone.length > 0) {
      say(`${namesOf(gone)} ${gone.length === 1 ? 'is' : 'are'} in the trash.`, {
        action: { label: 'Undo', run: () => void restoreRuns(gone).catch(sayError) },
      });
    }
  }
}

export function deleteRun(run: RunSummary): Promise<void> {
  return deleteRuns([run]);
}

/** Out of the trash, and selected. */
export async function restoreRuns(runs: readonly Pick<RunSummary, 'run' | 'name'>[]): Promise<void> {
  for (const { run } of runs) await host().call('runs.restore', { run });
  await loadRuns();
  setView({ selectedRuns: runs.map(({ run }) => run) });
  say(`${namesOf(runs)} ${runs.length === 1 ? 'is' : 'are'} back.`);
}

export async function archiveRuns(runs: readonly RunSummary[], archived: boolean): Promise<void> {
  for (const { run } of runs) await host().call('runs.archive', { run, archived });
  await loadRuns();
  say(`${namesOf(runs)} ${archived ? 'archived' : 'back in the list'}.`, {
    action: { label: 'Undo', run: () => void archiveRuns(runs, !archived).catch(sayError) },
  });
}

export async function stopRuns(runs: readonly RunSummary[]): Promise<void> {
  // Those that wait first, so that the end of one does not begin the next.
  const order = [...runs].sort((a, b) => Number(b.state === 'queued') - Number(a.state === 'queued'));
  for (const { run } of order) await host().call('runs.stop', { run });
  say(`${namesOf(runs)} told to stop.`);
}

export async function annotateRun(
  run: string,
  annotation: { name?: string; tags?: string[]; notes?: string },
): Promise<void> {
  await host().call('runs.annotate', { run, ...annotation });
}

/** An empty name, or the one it has, changes nothing. The message brings the old one back. */
export async function renameRun(run: RunSummary, name: string): Promise<void> {
  const wanted = name.trim();
  if (wanted === '' || wanted === run.name) return;
  await annotateRun(run.run, { name: wanted });
  say(`Run ${run.name} is called ${wanted} now.`, {
    action: {
      label: 'Undo',
      run: () => void renameRun({ ...run, name: wanted }, run.name).catch(sayError),
    },
  });
}

/** Adds a tag to runs, or takes it off all of them. */
export async function tagRuns(runs: readonly RunSummary[], tag: string, on: boolean): Promise<void> {
  for (const { run, tags } of runs) {
    if (tags.includes(tag) === on) continue;
    await annotateRun(run, { tags: on ? [...tags, tag] : tags.filter((other) => other !== tag) });
  }
}

/** Queues the runs of a plan over the document on the canvas and the Train panel's configuration, and shows them. */
export async function startSweep(plan: SweepPlanInput, name: string): Promise<void> {
  const configuration = await withSamples(useTraining.getState().configuration);
  const { sweep, runs } = await host().call('sweeps.start', {
    architecture: currentDocument(),
    configuration: runConfigurationSchema.parse(configuration),
    plan,
    name: name.trim() === '' ? runName(currentDocument()) : name.trim(),
  });
  await loadRuns();
  openHeading(`sweep ${sweep}`);
  setView({ page: 'runs', selectedRuns: runs.slice(0, 1) });
  say(`Sweep of ${formatCount(runs.length, 'run')} queued.`);
}

export async function stopSweep(sweep: string): Promise<void> {
  await host().call('sweeps.stop', { sweep });
  say('The sweep is told to stop; what trains writes a checkpoint first.');
}

/** A new run from a checkpoint of another, and shows it. */
export async function forkRun(input: Input<'runs.fork'>): Promise<void> {
  const { run } = await host().call('runs.fork', input);
  await loadRuns();
  openRun(run);
  say(`Run ${nameOf(run)} forked.`);
}

function namesOf(runs: readonly Pick<RunSummary, 'name'>[]): string {
  return runs.length === 1 ? `Run ${runs[0]!.name}` : formatCount(runs.length, 'run');
}

function nameOf(run: string): string {
  return useWorkspace.getState().runs.value?.find((other) => other.run === run)?.name ?? run;
}
