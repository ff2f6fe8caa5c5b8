import { beforeEach, expect, it } from 'vitest';
import type { RunSummary } from '../../shared/rpc/contract.ts';
import { divergenceHint } from '../../shared/run/divergence.ts';
import type { Probe } from '../../shared/run/probe.ts';
import { useMessages } from './messages.ts';
import { announceProbe, announceRun } from './notices.ts';
import { setView } from './view.ts';

const run = (change: Partial<RunSummary>) =>
  ({ run: 'a', name: 'whale', state: 'running', step: 40, reason: null, ...change }) as RunSummary;
const toasts = () => useMessages.getState().toasts.map(({ text }) => text);

beforeEach(() => {
  useMessages.setState(useMessages.getInitialState(), true);
  setView({ page: 'design', selectedRuns: [] });
});

it('tells of the end of a run with the way to it', () => {
  announceRun(run({}), run({ state: 'finished' }));
  announceRun(run({}), run({ state: 'failed', reason: 'The disk is full.' }));
  announceRun(run({}), run({ state: 'failed', reason: `The loss became NaN at step 4. ${divergenceHint}` }));
  expect(toasts()).toEqual(['Run whale finished at step 40.', 'Run whale failed.', 'Run whale diverged.']);
  expect(useMessages.getState().toasts.map((message) => message.run)).toEqual(['a', 'a', 'a']);
  expect(useMessages.getState().toasts[1]).toMatchObject({ severity: 'error', hint: 'The disk is full.' });
});

it('is quiet about a run that is on show, but keeps the message', () => {
  setView({ page: 'runs', selectedRuns: ['a'] });
  announceRun(run({}), run({ state: 'finished' }));
  expect(toasts()).toEqual([]);
  expect(useMessages.getState().last?.text).toBe('Run whale finished at step 40.');
  expect(useMessages.getState().log).toHaveLength(1);
});

it('tells of dead experts once, the newest message in place of the one before', () => {
  const probe = (step: number, dead: number[]) =>
    ({ step, layers: [{ layer: 0, experts: { dead } }] }) as unknown as Probe;
  announceProbe('b', 'moe', probe(10, [2]));
  expect(toasts()).toEqual([]);
  announceProbe('b', 'moe', probe(20, [2, 5]));
  expect(toasts()).toEqual(['Run moe: 1 dead expert at step 20.']);
  announceProbe('b', 'moe', probe(30, [2, 5]));
  expect(toasts()).toEqual(['Run moe: 1 dead expert at step 30.']);
  expect(useMessages.getState().toasts[0]?.hint).toContain('layer 1: 6');
  announceProbe('b', 'moe', probe(40, [2, 5]));
  expect(useMessages.getState().log).toHaveLength(2);
});
