/** Studies as the host tells of them: the list, kept current by events, and what can be done to them. */
import { create } from 'zustand';
import { formatCount } from '../../shared/format.ts';
import type { StudyRow } from '../../shared/rpc/contract.ts';
import { runConfigurationSchema } from '../../shared/run/configuration.ts';
import type { StudyPlanInput } from '../../shared/run/studyPlan.ts';
import { currentDocument } from './design.ts';
import { setLaws } from './laws.ts';
import { asking, failed, type Loadable, loading, ready } from './loadable.ts';
import { say } from './messages.ts';
import { withSamples } from './runCommands.ts';
import { useTraining } from './training.ts';
import { setView, useView } from './view.ts';
import { host, loadRuns } from './workspace.ts';

export const useStudies = create<{ readonly list: Loadable<StudyRow[]> }>()(() => ({ list: loading }));

const put = (list: Loadable<StudyRow[]>) => useStudies.setState({ list });

export async function loadStudies(): Promise<void> {
  const now = () => useStudies.getState().list;
  put(asking(now()));
  try {
    put(ready(await host().call('studies.list', {})));
  } catch (error) {
    put(failed(error, now()));
  }
}

/** Says what a study came to, wherever the user is. */
export async function receiveStudy({
  study,
  state,
}: {
  study: string;
  state: StudyRow['state'];
}): Promise<void> {
  const before = useStudies.getState().list.value?.find((row) => row.study === study);
  await loadStudies();
  const after = useStudies.getState().list.value?.find((row) => row.study === study);
  if (after === undefined || state === 'running' || before?.state === state) return;
  announceStudy(after);
}

export function announceStudy({ study, name, state, reason, report }: StudyRow): void {
  const found = report?.sentences[0];
  const why = reason ?? found;
  say(`Study ${name} ${state === 'done' ? 'is done' : 'was stopped'}.`, {
    severity: state === 'done' ? 'success' : 'warning',
    about: `study ${study}`,
    quiet: useView.getState().page === 'laws',
    ...(why === undefined ? {} : { hint: why }),
    action: { label: 'Open', run: () => openStudy(study) },
  });
}

export function openStudy(study: string): void {
  setLaws({ tab: 'study', study });
  setView({ page: 'laws' });
}

/** Starts the candidates with the document on the canvas and the configuration of the Train panel. */
export async function startStudy(plan: StudyPlanInput, name: string): Promise<void> {
  const configuration = await withSamples(useTraining.getState().configuration);
  const { study, runs } = await host().call('studies.start', {
    architecture: currentDocument(),
    configuration: runConfigurationSchema.parse(configuration),
    plan,
    ...(name.trim() === '' ? {} : { name: name.trim() }),
  });
  await Promise.all([loadRuns(), loadStudies()]);
  setLaws({ study });
  say(`Study of ${formatCount(runs.length, 'candidate')} started.`);
}

export async function stopStudy(study: string): Promise<void> {
  await host().call('studies.stop', { study });
  await loadStudies();
}

/** Trains candidates to the final step whatever was decided; none named: goes on with the study. */
export async function continueStudy(study: string, candidates: string[] = []): Promise<void> {
  await host().call('studies.continue', { study, candidates });
  await Promise.all([loadRuns(), loadStudies()]);
}

/** Listens for studies that rank or end, on whatever page the user is. Returns a function that stops. */
export function followStudies(): () => void {
  return host().on('study.changed', (event) => void receiveStudy(event));
}
