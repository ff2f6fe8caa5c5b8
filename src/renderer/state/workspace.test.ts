import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FinegrainError } from '../../shared/errors.ts';
import type { Client, EventName, Events, Procedure, RunSummary } from '../../shared/rpc/contract.ts';
import type { Curve } from '../../shared/run/metrics.ts';
import { curveKey } from './runData.ts';
import { connect, loadCurve, loadDetail, refreshAll, useWorkspace } from './workspace.ts';

/** A host in the test's hands: answers are given when the test wants, events are pushed by name. */
class HostDouble implements Client {
  readonly answers = new Map<Procedure, () => unknown>();
  readonly asked: Procedure[] = [];
  status: ((status: 'open' | 'closed', reason: string | null) => void) | null = null;
  private readonly listeners = new Map<EventName, (payload: never) => void>();

  call: Client['call'] = async (procedure) => {
    this.asked.push(procedure);
    const answer = this.answers.get(procedure);
    return (answer === undefined ? [] : await answer()) as never;
  };

  on: Client['on'] = (event, listener) => {
    this.listeners.set(event, listener as (payload: never) => void);
    return () => this.listeners.delete(event);
  };

  onStatus(listener: (status: 'open' | 'closed', reason: string | null) => void): () => void {
    this.status = listener;
    return () => undefined;
  }

  push<E extends EventName>(event: E, payload: Events[E]): void {
    this.listeners.get(event)?.(payload as never);
  }
}

const summary = (change: Partial<RunSummary>) =>
  ({
    run: 'a',
    name: 'a',
    state: 'running',
    createdAt: '2026-01-01',
    step: 1,
    steps: 9,
    reason: null,
    ...change,
  }) as RunSummary;
const point = (step: number) => ({
  name: 'train/loss',
  step,
  tokens: step,
  flops: step,
  seconds: step,
  value: 10 - step,
});
const curve = (steps: number[]): Curve => ({
  metric: 'train/loss',
  axis: 'step',
  x: steps,
  last: steps,
  min: steps,
  max: steps,
  steps,
});
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

let host: HostDouble;
let disconnect: () => void;

beforeEach(async () => {
  host = new HostDouble();
  useWorkspace.setState(useWorkspace.getInitialState(), true);
  disconnect = connect(host);
  await settled();
});
afterEach(() => disconnect());

describe('the workspace as the page knows it', () => {
  it('loses no point that arrives while its curve is fetched', async () => {
    let answer: (value: Curve) => void = () => undefined;
    host.answers.set('runs.curve', () => new Promise<Curve>((resolve) => (answer = resolve)));
    const loading = loadCurve('a', 'train/loss', 'step');
    host.push('run.points', {
      run: 'a',
      points: [point(2), point(3), { ...point(3), name: 'validation/loss' }],
    });
    answer(curve([1, 2]));
    await loading;
    host.push('run.points', { run: 'a', points: [point(4)] });
    expect(useWorkspace.getState().curves[curveKey('a', 'train/loss', 'step')]?.value?.steps).toEqual([
      1, 2, 3, 4,
    ]);
  });

  it('asks again for a run that changes state, and not for one that only moves on', async () => {
    host.answers.set('runs.get', () => ({
      ...summary({}),
      checkpoints: [],
      log: [],
      metrics: [],
      configuration: { checkpointEvery: 5 },
    }));
    host.push('run.changed', summary({ step: 1 }));
    await loadDetail('a');
    const count = () => host.asked.filter((procedure) => procedure === 'runs.get').length;
    host.push('run.changed', summary({ step: 2 }));
    expect(count()).toBe(1);
    host.push('run.changed', summary({ step: 6 })); // past a checkpoint
    expect(count()).toBe(2);
    host.push('run.changed', summary({ step: 6, state: 'finished' }));
    expect(count()).toBe(3);
    await settled();
    expect(useWorkspace.getState().runs.value?.[0]?.state).toBe('finished');
  });

  it('keeps what it has when a refresh fails, and says why', async () => {
    host.answers.set('runs.list', () => [summary({})]);
    await refreshAll();
    host.answers.set('runs.list', () => {
      throw new FinegrainError('store.damaged', 'The store is damaged.', 'Restore a backup.');
    });
    await refreshAll();
    const { runs } = useWorkspace.getState();
    expect(runs.value).toHaveLength(1);
    expect(runs).toMatchObject({
      status: 'error',
      error: { message: 'The store is damaged.', hint: 'Restore a backup.' },
    });
  });

  it('reads everything afresh when the line is back', async () => {
    host.status?.('closed', 'The host ended.');
    expect(useWorkspace.getState().connected).toBe(false);
    const before = host.asked.length;
    host.status?.('open', null);
    await settled();
    expect(useWorkspace.getState().connected).toBe(true);
    expect(host.asked.slice(before)).toContain('runs.list');
  });

  it('forgets a removed run everywhere', async () => {
    host.answers.set('runs.list', () => [summary({})]);
    host.answers.set('runs.curve', () => curve([1]));
    await refreshAll();
    await loadCurve('a', 'train/loss', 'step');
    host.push('run.removed', { run: 'a' });
    expect(useWorkspace.getState().runs.value).toEqual([]);
    expect(useWorkspace.getState().curves).toEqual({});
  });
});
