/** All actions, in the order in which the palette and the help list them. */

import { downloadText, pickTextFile } from '../logic/files.ts';
import { currentDocument, openDocument, redoDesign, undoDesign, useDesign } from '../state/design.ts';
import { closeOverlay, openOverlay, useOverlay } from '../state/dialogs.ts';
import { setInspect, useInspect } from '../state/inspect.ts';
import { sayError } from '../state/messages.ts';
import { startRun } from '../state/runCommands.ts';
import { startTour } from '../state/tour.ts';
import { saveVersion } from '../state/versions.ts';
import { setView, useView } from '../state/view.ts';
import { loadDoctor, refreshAll, useWorkspace } from '../state/workspace.ts';
import { blockActions } from './blockActions.ts';
import { figureActions } from './figureActions.ts';
import { lawActions } from './lawActions.ts';
import type { Action } from './registry.ts';
import { inspectedRun, runActions } from './runActions.ts';
import { toggleScheme } from './scheme.ts';

const always = () => true;

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
    name: 'go.laws',
    label: 'Laws',
    group: 'Go to',
    shortcut: 'Ctrl+5',
    enabled: always,
    run: () => setView({ page: 'laws' }),
  },
  {
    name: 'go.figures',
    label: 'Figures',
    group: 'Go to',
    shortcut: 'Ctrl+6',
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

  ...runActions,
  ...lawActions,
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
