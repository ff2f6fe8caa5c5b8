/** A small stand-in for the host, for tests of what carries the contract. */
import type {
  EventName,
  Events,
  Handlers,
  HostPort,
  Procedure,
  RunSummary,
} from '../../shared/rpc/contract.ts';
import { inputs } from '../../shared/rpc/contract.ts';

export interface TestHost extends HostPort {
  /** Number of listeners to all events. */
  listening(): number;
  emit<E extends EventName>(event: E, payload: Events[E]): void;
}

/** A host whose handlers are those given; the others fail with `internal`. */
export function createTestHost(handlers: Partial<Handlers>): TestHost {
  const listeners = new Map<EventName, Set<(payload: never) => void>>();
  const missing = (procedure: string) => async () => {
    throw new Error(`${procedure} is not part of this test`);
  };
  const all = Object.fromEntries(
    Object.keys(inputs).map((procedure) => [
      procedure,
      handlers[procedure as Procedure] ?? missing(procedure),
    ]),
  ) as unknown as Handlers;
  return {
    handlers: all,
    events: {
      on(event, listener) {
        const set = listeners.get(event) ?? new Set();
        listeners.set(event, set);
        set.add(listener as (payload: never) => void);
        return () => set.delete(listener as (payload: never) => void);
      },
    },
    listening: () => [...listeners.values()].reduce((total, set) => total + set.size, 0),
    emit(event, payload) {
      for (const listener of listeners.get(event) ?? []) (listener as (payload: unknown) => void)(payload);
    },
  };
}

/** A run that has done `step` of 10 steps. */
export function testSummary(run: string, step: number): RunSummary {
  return {
    run,
    name: run,
    state: 'running',
    reason: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    startedAt: null,
    endedAt: null,
    archived: false,
    step,
    steps: 10,
    device: 'cpu',
    deviceReason: null,
    parameters: 1,
    activeParameters: 1,
    ffnKinds: ['dense'],
    methods: ['dense'],
    loss: null,
    validationLoss: null,
    unigramEntropy: null,
    tokensPerSecond: null,
    secondsLeft: null,
    resumable: false,
    tags: [],
    notes: '',
    sweep: null,
    parent: null,
  };
}

/** One metric point of the training loss. */
export function testPoint(step: number): Events['run.points']['points'][number] {
  return { name: 'train/loss', step, tokens: step, flops: step, seconds: step, value: 1 / (step + 1) };
}
