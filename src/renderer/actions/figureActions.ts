/** What can be done to figures. Listed before the design's actions: on the figures page Ctrl+Z means the figure. */
import {
  changeFigure,
  newFigure,
  redoFigure,
  sendToFigures,
  undoFigure,
  useFigures,
} from '../state/figures.ts';
import { useView } from '../state/view.ts';
import type { Action } from './registry.ts';

const onPage = (): boolean => useView.getState().page === 'figures';
const opened = (): boolean | string =>
  useFigures.getState().history === null ? 'Open or make a figure first.' : true;

export const figureActions: readonly Action[] = [
  {
    name: 'figures.undo',
    label: 'Undo in the figure',
    group: 'Figures',
    shortcut: 'Ctrl+Z',
    enabled: () => onPage() && (useFigures.getState().history?.past.length ?? 0) > 0,
    run: undoFigure,
  },
  {
    name: 'figures.redo',
    label: 'Redo in the figure',
    group: 'Figures',
    shortcut: 'Ctrl+Shift+Z',
    aliases: ['Ctrl+Y'],
    enabled: () => onPage() && (useFigures.getState().history?.future.length ?? 0) > 0,
    run: redoFigure,
  },
  {
    name: 'figures.send',
    label: 'Send chart to figures',
    group: 'Figures',
    shortcut: 'E',
    enabled: () => {
      if (useFigures.getState().pointed !== null) return true;
      const { page, selectedRuns } = useView.getState();
      return page === 'runs' && selectedRuns.length > 0 ? true : 'Point at a chart, or select runs, first.';
    },
    run: () => {
      const { pointed } = useFigures.getState();
      return sendToFigures(pointed ?? { kind: 'loss', runs: useView.getState().selectedRuns });
    },
  },
  {
    name: 'figures.new',
    label: 'New figure',
    group: 'Figures',
    enabled: () => true,
    run: async () => {
      await newFigure();
      useView.setState({ page: 'figures' });
    },
  },
  {
    name: 'figures.add',
    label: 'Add panel…',
    group: 'Figures',
    enabled: () => (onPage() ? opened() : 'Open the figures first.'),
    run: () => useFigures.setState({ editing: 'new' }),
  },
  {
    name: 'figures.grid',
    label: 'Grid lines of the figure on or off',
    group: 'Figures',
    enabled: () => (onPage() ? opened() : 'Open the figures first.'),
    run: () =>
      changeFigure('grid lines', (now) => ({
        ...now,
        style: { ...now.style, grid: !(now.style.grid ?? false) },
      })),
  },
];
