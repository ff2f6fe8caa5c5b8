/** What can be done on the Laws page by name. */
import { chooseLawTab, lawsRun, movePrefixBy, setLaws, useLaws } from '../state/laws.ts';
import { setView, useView } from '../state/view.ts';
import type { Action } from './registry.ts';
import { chosenRun } from './runActions.ts';

const onPrediction = (): boolean | string =>
  useView.getState().page === 'laws' && useLaws.getState().tab === 'prediction' && lawsRun() !== null
    ? true
    : 'Open the prediction of a run first.';
const always = () => true;

export const lawActions: readonly Action[] = [
  {
    name: 'laws.shorter',
    label: 'Prefix: one checkpoint less',
    group: 'Laws',
    shortcut: '[',
    enabled: onPrediction,
    run: () => movePrefixBy(-1),
  },
  {
    name: 'laws.longer',
    label: 'Prefix: one checkpoint more',
    group: 'Laws',
    shortcut: ']',
    enabled: onPrediction,
    run: () => movePrefixBy(1),
  },
  {
    name: 'laws.axis',
    label: 'Tokens on a log or a linear axis',
    group: 'Laws',
    shortcut: 'L',
    enabled: onPrediction,
    run: () => setLaws({ logX: !useLaws.getState().logX }),
  },
  {
    name: 'laws.predict',
    label: 'Predict the end of the run',
    group: 'Laws',
    enabled: () => (chosenRun() === null ? 'Select one run first.' : true),
    run: () => {
      const run = chosenRun();
      if (run === null) return;
      setLaws({ tab: 'prediction' });
      setView({ page: 'laws', lawsRun: run.run });
    },
  },
  {
    name: 'laws.quality',
    label: 'How good predictions were',
    group: 'Laws',
    enabled: always,
    run: () => chooseLawTab('quality'),
  },
  {
    name: 'laws.study',
    label: 'Studies: choose hyperparameters by prediction',
    group: 'Laws',
    enabled: always,
    run: () => chooseLawTab('study'),
  },
  {
    name: 'laws.scaling',
    label: 'Scaling laws across runs',
    group: 'Laws',
    enabled: always,
    run: () => chooseLawTab('scaling'),
  },
];
