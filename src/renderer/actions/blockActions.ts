/** Actions on the blocks of the canvas. Their keys are meant only while the canvas has the focus, or nothing has. */
import { joinEqualBlocks } from '../../shared/architecture/edits.ts';
import {
  chooseAll,
  chosenBlocks,
  copyChosen,
  cutChosen,
  duplicateChosen,
  joinEqual,
  moveChosen,
  newDocument,
  paste,
  placeBeside,
  removeChosen,
  splitOff,
  splittable,
  toggleOpened,
  useCanvas,
} from '../state/canvas.ts';
import { currentDocument } from '../state/design.ts';
import { setView, useView } from '../state/view.ts';
import type { Action } from './registry.ts';

const within = '.canvas';

/** An action on blocks, off with a reason elsewhere and where nothing is chosen. */
function blocks(action: Omit<Action, 'group'>): Action {
  const { enabled } = action;
  return {
    within,
    ...action,
    group: 'Design',
    enabled: () => {
      if (useView.getState().page !== 'design') return 'Open the design first.';
      return chosenBlocks().length === 0 ? 'Select a block first.' : enabled();
    },
  };
}

const notAll = () =>
  chosenBlocks().length < currentDocument().blocks.length ? true : 'A model has at least one block.';
/** The browser copies selected text itself. */
const noText = () => (window.getSelection()?.toString() ?? '') === '' || 'Text is selected.';

function moveBy(direction: 1 | -1): void {
  const place = placeBeside(direction);
  if (place !== null) moveChosen(place);
}

export const blockActions: readonly Action[] = [
  {
    name: 'design.new',
    label: 'New document',
    group: 'Design',
    enabled: () => true,
    run: () => {
      setView({ page: 'design' });
      newDocument();
    },
  },
  blocks({
    name: 'blocks.cut',
    label: 'Cut blocks',
    shortcut: 'Ctrl+X',
    enabled: () => (noText() === true ? notAll() : noText()),
    run: cutChosen,
  }),
  blocks({ name: 'blocks.copy', label: 'Copy blocks', shortcut: 'Ctrl+C', enabled: noText, run: copyChosen }),
  {
    name: 'blocks.paste',
    label: 'Paste blocks',
    group: 'Design',
    shortcut: 'Ctrl+V',
    within,
    enabled: () => {
      if (useView.getState().page !== 'design') return 'Open the design first.';
      return useCanvas.getState().clipboard.length > 0 ? true : 'Copy or cut a block first.';
    },
    run: paste,
  },
  blocks({
    name: 'blocks.duplicate',
    label: 'Duplicate blocks',
    shortcut: 'Ctrl+D',
    enabled: () => true,
    run: duplicateChosen,
  }),
  blocks({
    name: 'blocks.delete',
    label: 'Delete blocks',
    shortcut: 'Delete',
    aliases: ['Backspace'],
    enabled: notAll,
    run: removeChosen,
  }),
  blocks({
    name: 'blocks.up',
    label: 'Move blocks up',
    shortcut: 'Alt+ArrowUp',
    enabled: () => (placeBeside(-1) === null ? 'They are at the top.' : true),
    run: () => moveBy(-1),
  }),
  blocks({
    name: 'blocks.down',
    label: 'Move blocks down',
    shortcut: 'Alt+ArrowDown',
    enabled: () => (placeBeside(1) === null ? 'They are at the bottom.' : true),
    run: () => moveBy(1),
  }),
  {
    name: 'blocks.all',
    label: 'Select all blocks',
    group: 'Design',
    shortcut: 'Ctrl+A',
    within,
    enabled: () => (useView.getState().page === 'design' ? true : 'Open the design first.'),
    run: chooseAll,
  },
  blocks({
    name: 'blocks.open',
    label: 'Open or close repeated blocks',
    shortcut: 'Space',
    within: '.node, .layer-row',
    enabled: () =>
      chosenBlocks().some((block) => currentDocument().blocks[block]!.repeat > 1)
        ? true
        : 'The block is a single layer.',
    run: () => toggleOpened(chosenBlocks()),
  }),
  blocks({
    name: 'blocks.split',
    label: 'Split layer off, so that it can differ',
    enabled: () => (splittable() === null ? 'Select one repeated block, or a layer of it.' : true),
    run: splitOff,
  }),
  {
    name: 'blocks.join',
    label: 'Join equal neighbours',
    group: 'Design',
    enabled: () => {
      if (useView.getState().page !== 'design') return 'Open the design first.';
      const document = currentDocument();
      return joinEqualBlocks(document) === document ? 'No neighbours are equal.' : true;
    },
    run: joinEqual,
  },
  {
    name: 'design.fit',
    label: 'Fit the model into view',
    group: 'Design',
    shortcut: 'Shift+1',
    aliases: ['!'],
    within,
    enabled: () => (useView.getState().page === 'design' ? true : 'Open the design first.'),
    run: () => {
      window.dispatchEvent(new Event('finegrain:fit'));
    },
  },
];
