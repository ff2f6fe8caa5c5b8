/** All actions, in the order in which the palette and the help list them. */

import type { RunSummary } from '../../shared/rpc/contract.ts';
import type { RunState } from '../../shared/run/state.ts';
import { downloadText, pickTextFile } from '../logic/files.ts';
import { currentDocument, openDocument, redoDesign, undoDesign, useDesign } from '../state/design.ts';
import { closeOverlay, openOverlay, useOverlay } from '../state/dialogs.ts';
import { setInspect, useInspect } from '../state/inspect.ts';
import { sayError } from '../state/messages.ts';
import { archiveRuns, deleteRuns, pauseRun, resumeRun, startRun, stopRuns } from '../state/runCommands.ts';
import { startTour } from '../state/tour.ts';
import { saveVersion } from '../state/versions.ts';
import { setView, useView } from '../state/view.ts';
import { loadDoctor, refreshAll, useWorkspace } from '../state/workspace.ts';
import { blockActions } from './blockActions.ts';
import { figureActions } from './figureActions.ts';
import type { Action } from './registry.ts';
import { toggleScheme } from './scheme.ts';

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

export const actions: readonly Action[] = [
  {
    name: 'view.palette',
    label: 'Search or run a command',
    group: 'View',
    shortcut: 'Ctrl+K',
    enabled: always,
    run: () => openOverlay('palette'),
  },
  {
    name: 'view.help',
    label: 'Help and shortcuts',
    group: 'View',
    shortcut: 'Ctrl+/',
    aliases: ['?', 'F1'],
    enabled: always,
    run: toggleHelp,
  },
  {
    name: 'view.tour',
    label: 'First steps: train a model in two minutes',
    group: 'View',
    enabled: always,
    run: () => {
      closeOverlay();
      startTour();
    },
  },
  {
    name: 'view.scheme',
    label: 'Switch between light and dark',
    group: 'View',
    enabled: always,
    run: toggleScheme,
  },
  {
    name: 'view.doctor',
    label: 'Devices: what runs here, and why not the rest',
    group: 'View',
    enabled: always,
    run: openDoctor,
  },
  {
    name: 'view.refresh',
    label: 'Ask the host again for everything',
    group: 'View',
    enabled: always,
    run: refreshAll,
  },

  {
    name: 'go.design',
    label: 'Design',
    group: 'Go to',
    shortcut: 'Ctrl+1',
    enabled: always,
    run: () => setView({ page: 'design' }),
  },
  {
    name: 'go.data',
    label: 'Data',
    group: 'Go to',
    shortcut: 'Ctrl+2',
    enabled: always,
    run: () => setView({ page: 'data' }),
  },
  {
    name: 'go.runs',
    label: 'Runs',
    group: 'Go to',
    shortcut: 'Ctrl+3',
    enabled: always,
    run: () => setView({ page: 'runs' }),
  },
  {
    name: 'go.inspect',
    label: 'Inspect',
    group: 'Go to',
    shortcut: 'Ctrl+4',
    enabled: always,
    run: () => setView({ page: 'inspect' }),
  },
  {
    name: 'go.figures',
    label: 'Figures',
    group: 'Go to',
    shortcut: 'Ctrl+5',
    enabled: always,
    run: () => setView({ page: 'figures' }),
  },
  ...figureActions,

  {
    name: 'design.undo',
    label: 'Undo',
    group: 'Design',
    shortcut: 'Ctrl+Z',
    enabled: () => useDesign.getState().history.past.length > 0,
    run: undoDesign,
  },
  {
    name: 'design.redo',
    label: 'Redo',
    group: 'Design',
    shortcut: 'Ctrl+Shift+Z',
    aliases: ['Ctrl+Y'],
    enabled: () => useDesign.getState().history.future.length > 0,
    run: redoDesign,
  },
  {
    name: 'design.save',
    label: 'Save version',
    group: 'Design',
    shortcut: 'Ctrl+S',
    enabled: always,
    run: saveVersion,
  },
  {
    name: 'design.versions',
    label: 'Versions…',
    group: 'Design',
    shortcut: 'Ctrl+Shift+S',
    enabled: always,
    run: () => openOverlay('versions'),
  },
  {
    name: 'design.export',
    label: 'Export document',
    group: 'Design',
    enabled: always,
    run: exportDocument,
  },
  {
    name: 'design.open',
    label: 'Open document…',
    group: 'Design',
    shortcut: 'Ctrl+O',
    enabled: always,
    run: pickDocument,
  },
  ...blockActions,

  {
    name: 'train.start',
    label: 'Train',
    group: 'Train',
    shortcut: 'Ctrl+Enter',
    enabled: always,
    run: train,
  },
  {
    name: 'train.sweep',
    label: 'Sweep…',
    group: 'Train',
    shortcut: 'Ctrl+Shift+Enter',
    enabled: always,
    run: () => openOverlay('sweep'),
  },
  {
    name: 'data.add',
    label: 'Add text…',
    group: 'Train',
    enabled: always,
    run: () => openOverlay('addText'),
  },

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
    name: 'inspect.previous',
    label: 'Previous checkpoint',
    group: 'Inspect',
    shortcut: '[',
    enabled: () => neighbour(-1) !== null,
    run: () => setView({ inspectStep: neighbour(-1) }),
  },
  {
    name: 'inspect.next',
    label: 'Next checkpoint',
    group: 'Inspect',
    shortcut: ']',
    enabled: () => neighbour(1) !== null,
    run: () => setView({ inspectStep: neighbour(1) }),
  },
  {
    name: 'inspect.clear',
    label: 'Clear the selected token and expert',
    group: 'Inspect',
    shortcut: 'Escape',
    enabled: () => {
      const { token, expert } = useInspect.getState();
      return useView.getState().page === 'inspect' && (token !== null || expert !== null)
        ? true
        : 'Select a token or an expert first.';
    },
    run: () => setInspect({ token: null, expert: null }),
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

export function action(name: string): Action {
  const found = actions.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`No action is called ${name}.`);
  return found;
}

/** The step of the checkpoint before or after the one that is inspected. */
function neighbour(direction: 1 | -1): number | null {
  const { page, inspectStep } = useView.getState();
  const run = inspectedRun();
  if (page !== 'inspect' || run === null) return null;
  const steps = (useWorkspace.getState().details[run.run]?.value?.checkpoints ?? [])
    .map((checkpoint) => checkpoint.step)
    .sort((a, b) => a - b);
  const at = steps.indexOf(inspectStep ?? -1);
  return steps[(at === -1 ? steps.length - 1 : at) + direction] ?? null;
}

function toggleHelp(): void {
  if (useOverlay.getState().open === 'help') closeOverlay();
  else openOverlay('help');
}

function openDoctor(): void {
  openOverlay('doctor');
  void loadDoctor();
}

/** From anywhere else it leads to the Train panel; there it starts the run. */
function train(): void | Promise<void> {
  const { page, designTab } = useView.getState();
  if (page === 'design' && designTab === 'train') return startRun();
  setView({ page: 'design', designTab: 'train' });
}

function exportDocument(): void {
  const document = currentDocument();
  downloadText(`${document.name}.json`, `${JSON.stringify(document, null, 2)}\n`, 'application/json');
}

async function pickDocument(): Promise<void> {
  const file = await pickTextFile('.json,application/json');
  if (file === null) return;
  try {
    openDocument(file.text, file.name);
    setView({ page: 'design', designTab: 'model' });
  } catch (error) {
    sayError(error);
  }
}

function inspectChosen(): void {
  const run = chosenRun();
  if (run !== null) setView({ page: 'inspect', inspectRun: run.run, inspectStep: null });
}
