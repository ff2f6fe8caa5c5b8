import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Client, RunSummary } from '../../shared/rpc/contract.ts';
import type { Probe } from '../../shared/run/probe.ts';
import { endedSince, followAway, newestEnd, useAway } from './away.ts';
import { useMessages } from './messages.ts';
import { setView } from './view.ts';
import { connect, useWorkspace } from './workspace.ts';

const run = (name: string, endedAt: string | null, kind = 'moe') =>
  ({ run: name, name, createdAt: '2026-01-01', endedAt, ffnKinds: [kind] }) as unknown as RunSummary;
const probe = (step: number, dead: number[]) =>
  ({ step, layers: [{ layer: 0, experts: { dead } }] }) as unknown as Probe;

const runs = [
  run('old', '2026-01-02'),
  run('plain', '2026-01-05', 'dense'),
  run('first', '2026-01-04'),
  run('second', '2026-01-06'),
  run('training', null),
];

it('takes runs with experts that ended later than what was seen, newest first', () => {
  expect(endedSince(runs, '2026-01-03').map(({ name }) => name)).toEqual(['second', 'first']);
  expect(endedSince(runs, '2026-01-06')).toEqual([]);
  expect(endedSince(runs, null)).toEqual([]);
  expect(endedSince(runs, '').map(({ name }) => name)).toEqual(['second', 'first', 'old']);
  expect(newestEnd(runs)).toBe('2026-01-06');
  expect(newestEnd([run('training', null)])).toBeNull();
});

let stops: (() => void)[] = [];
beforeEach(() => {
  useMessages.setState(useMessages.getInitialState(), true);
  useWorkspace.setState(useWorkspace.getInitialState(), true);
  setView({ page: 'design', selectedRuns: [] });
});
afterEach(() => {
  for (const stop of stops) stop();
  stops = [];
});

/** Opens a page on these runs; each has lost expert 3 of layer 1. */
async function open(listed: readonly RunSummary[]): Promise<string[]> {
  const asked: string[] = [];
  const call = async (procedure: string, input: { run: string }) => {
    if (procedure === 'runs.list') return listed;
    if (procedure !== 'runs.probes') return [];
    asked.push(input.run);
    return [probe(10, [2]), probe(20, [2])];
  };
  stops.push(connect({ call, on: () => () => undefined } as unknown as Client), followAway());
  await vi.waitFor(() => expect(useWorkspace.getState().runs.status).toBe('ready'));
  await vi.waitFor(() => expect(useMessages.getState().log.length).toBe(asked.length));
  return asked;
}

it('is silent on the first page of a workspace, and remembers what it saw', async () => {
  useAway.setState({ until: null });
  expect(await open(runs)).toEqual([]);
  expect(useAway.getState().until).toBe('2026-01-06');
});

it('tells once of a run that ended while no page was open', async () => {
  useAway.setState({ until: '2026-01-04' });
  expect(await open(runs)).toEqual(['second']);
  const [toast] = useMessages.getState().toasts;
  expect(toast).toMatchObject({ text: 'Run second: 1 dead expert at step 20.', run: 'second' });
  expect(toast?.hint).toContain('layer 1: 3');
  for (const stop of stops) stop();
  useMessages.setState(useMessages.getInitialState(), true);
  expect(await open(runs)).toEqual([]);
  expect(useMessages.getState().log).toEqual([]);
});
