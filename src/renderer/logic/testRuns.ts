/** Runs for tests of what the page makes of runs. */
import type { RunSummary } from '../../shared/rpc/contract.ts';
import type { RunFields } from '../../shared/run/fields.ts';
import type { RunRecord } from '../../shared/run/records.ts';

export function testRun(change: Partial<RunSummary> = {}): RunSummary {
  return {
    run: 'r00001',
    name: 'tiny',
    state: 'finished',
    reason: null,
    createdAt: '2026-01-01T10:00:00.000Z',
    startedAt: '2026-01-01T10:00:01.000Z',
    endedAt: '2026-01-01T10:01:01.000Z',
    archived: false,
    step: 100,
    steps: 100,
    device: 'cpu',
    deviceReason: null,
    parameters: 1000,
    activeParameters: 800,
    ffnKinds: ['dense'],
    methods: ['dense'],
    loss: 3.5,
    validationLoss: 3.7,
    unigramEntropy: 5,
    tokensPerSecond: 2000,
    secondsLeft: null,
    resumable: true,
    tags: [],
    notes: '',
    sweep: null,
    parent: null,
    ...change,
  };
}

export function testRecord(change: Partial<RunSummary> = {}, fields: RunFields = {}): RunRecord {
  return { run: testRun(change), fields };
}
