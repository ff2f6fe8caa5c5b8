/** Actions on runs: on the one that is chosen, or on all that are. */
import type { RunSummary } from '../../shared/rpc/contract.ts';
import type { RunState } from '../../shared/run/state.ts';
import { openOverlay } from '../state/dialogs.ts';
import { startRenaming } from '../state/renaming.ts';
import { archiveRuns, deleteRuns, pauseRun, resumeRun, stopRuns } from '../state/runCommands.ts';
import { setView, useView } from '../state/view.ts';
import { useWorkspace } from '../state/workspace.ts';
import type { Action } from './registry.ts';

const always = () => true;

/** The one run that run actions mean: the selected one, if exactly one is selected. */
export function chosenRun(): RunSummary | null {
  const { selectedRuns, page } = useView.getState();
  if (page === 'inspect') return inspectedRun();
  const wanted = selectedRuns.length === 1 ? selectedRuns[0] : null;
  return useWorkspace.getState().runs.value?.find((run) => run.run === wanted) ?? null;
}

/** The run on the Inspect page: the one asked for, else the newest that has trained. */
export function inspectedRun(): RunSummary | null {
  const { inspectRun } = useView.getState();
  const runs = useWorkspace.getState().runs.value ?? [];
  return (
    runs.find((run) => run.run === inspectRun) ?? runs.find((run) => !run.archived && run.step > 0) ?? null
  );
}

/** The runs that actions on several mean: all that are selected, or the inspected one. */
export function chosenRuns(): RunSummary[] {
  const { selectedRuns, page } = useView.getState();
  if (page === 'inspect') return [inspectedRun()].filter((run) => run !== null);
  const runs = useWorkspace.getState().runs.value ?? [];
  return selectedRuns.flatMap((id) => runs.find((run) => run.run === id) ?? []);
}

function whenRuns(
  states: readonly RunState[],
  also: (run: RunSummary) => boolean = always,
): boolean | string {
  const runs = chosenRuns();
  if (runs.length === 0) return 'Select a run first.';
  const other = runs.find((run) => !states.includes(run.state) || !also(run));
  return other === undefined ? true : `Run ${other.name} is ${other.state}.`;
}

/** Acts on every selected run. */
function runsAction(
  name: string,
  label: string,
  states: readonly RunState[],
  act: (runs: readonly RunSummary[]) => void | Promise<void>,
  also?: (run: RunSummary) => boolean,
): Action {
  return {
    name,
    label,
    group: 'Runs',
    enabled: () => whenRuns(states, also),
    run: () => act(chosenRuns()),
  };
}

function whenRun(states: readonly RunState[], also: (run: RunSummary) => boolean = always): boolean | string {
  const run = chosenRun();
  if (run === null) return 'Select one run first.';
  return states.includes(run.state) && also(run) ? true : `Run ${run.name} is ${run.state}.`;
}

function runAction(
  name: string,
  label: string,
  states: readonly RunState[],
  act: (run: RunSummary) => void | Promise<void>,
  also?: (run: RunSummary) => boolean,
): Action {
  return {
    name,
    label,
    group: 'Runs',
    enabled: () => whenRun(states, also),
    run: () => {
      const run = chosenRun();
      return run === null ? undefined : act(run);
    },
  };
}

const resting: readonly RunState[] = ['paused', 'stopped', 'finished', 'interrupted', 'failed'];

export const runActions: readonly Action[] = [
  runAction('runs.pause', 'Pause run', ['running'], (run) => pauseRun(run.run)),
  runAction(
    'runs.resume',
    'Resume run',
    ['paused', 'stopped', 'interrupted', 'failed'],
    (run) => resumeRun(run.run),
    (run) => run.resumable,
  ),
  runsAction('runs.stop', 'Stop run', ['queued', 'preparing', 'running', 'pausing', 'paused'], stopRuns),
  runsAction(
    'runs.archive',
    'Archive run',
    resting,
    (runs) => archiveRuns(runs, true),
    (run) => !run.archived,
  ),
  runsAction(
    'runs.unarchive',
    'Bring run back from the archive',
    resting,
    (runs) => archiveRuns(runs, false),
    (run) => run.archived,
  ),
  {
    ...runsAction('runs.delete', 'Delete run', resting, deleteRuns),
    shortcut: 'Delete',
    enabled: () => (useView.getState().page === 'runs' ? whenRuns(resting) : 'Open the runs first.'),
  },
  {
    name: 'runs.rename',
    label: 'Rename run',
    group: 'Runs',
    shortcut: 'F2',
    enabled: () => {
      if (useView.getState().page !== 'runs') return 'Open the runs first.';
      return chosenRun() === null ? 'Select one run first.' : true;
    },
    run: () => {
      const run = chosenRun();
      if (run !== null) startRenaming(run.run);
    },
  },
  {
    name: 'runs.fork',
    label: 'Fork run…',
    group: 'Runs',
    enabled: () => {
      const run = chosenRun();
      if (run === null) return 'Select one run first.';
      return run.resumable || run.step > 0 ? true : `Run ${run.name} has no checkpoint yet.`;
    },
    run: () => {
      setView({ forkStep: null });
      openOverlay('fork');
    },
  },
  {
    name: 'runs.trash',
    label: 'Deleted runs…',
    group: 'Runs',
    enabled: always,
    run: () => openOverlay('trash'),
  },
  {
    name: 'runs.figure',
    label: 'Export figure…',
    group: 'Runs',
    shortcut: 'Shift+E',
    enabled: () =>
      useView.getState().page === 'runs' && useView.getState().selectedRuns.length > 0
        ? true
        : 'Select a run first.',
    run: () => openOverlay('figure'),
  },
  {
    name: 'runs.filter',
    label: 'Filter runs',
    group: 'Runs',
    shortcut: 'Ctrl+F',
    enabled: () => (useView.getState().page === 'runs' ? true : 'Open the runs first.'),
    run: () => document.querySelector<HTMLInputElement>('[aria-label="Filter runs"]')?.focus(),
  },
  {
    name: 'runs.inspect',
    label: 'Inspect run',
    group: 'Runs',
    enabled: () => (chosenRun() === null ? 'Select one run first.' : true),
    run: inspectChosen,
  },
  {
    name: 'runs.archived',
    label: 'Show or hide archived runs',
    group: 'Runs',
    enabled: always,
    run: () => setView({ showArchived: !useView.getState().showArchived }),
  },
];

function inspectChosen(): void {
  const run = chosenRun();
  if (run !== null) setView({ page: 'inspect', inspectRun: run.run, inspectStep: null });
}
