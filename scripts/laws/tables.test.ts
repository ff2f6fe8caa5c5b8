import { expect, test } from 'vitest';
import type { HindcastRow } from '../../src/shared/laws/hindcast.ts';
import { type MeasuredRun, methodTable, runTable } from './tables.ts';

const row = (method: HindcastRow['method'], fraction: number, off: number | null): HindcastRow => ({
  ...{ fraction, method, tokens: 1, checkpoints: 9, prediction: null, reason: null, below: null },
  quality:
    off === null
      ? null
      : ({
          finalRelativeError: off,
          mape: 0,
          r2: null,
          coverage50: 0.25,
          coverage95: 1,
        } as HindcastRow['quality']),
});
const run = (name: string, rows: HindcastRow[]): MeasuredRun => ({
  ...{ run: name, name, parameters: 283_000, schedule: 'wsd', tokens: 2_048_000, final: 1.5 },
  ...{ development: name === 'b', own: rows, out: [] },
});

const runs = [
  run('a', [row('temporal', 0.2, 0.02), row('lastValue', 0.2, 0.4)]),
  run('b', [row('temporal', 0.2, -0.04), row('lastValue', 0.2, 0.2)]),
  run('c', [row('temporal', 0.2, null), row('lastValue', 0.2, 0.3)]),
];

test('medians are over runs with a prediction, and say how many those are', () => {
  const lines = methodTable(runs).split('\n');
  expect(lines[2]).toBe('| **temporal law (ours)** | 3.0 % (2 of 3) |');
  expect(lines[3]).toBe('| last value | 30.0 % |');
  expect(lines[4]).toBe('| later checkpoints in its 50 % interval | 25 % |');
  expect(methodTable(runs, 'out')).toBe('None yet.');
});

test('each run shows its signed error, and none where there was no prediction', () => {
  const lines = runTable(runs).split('\n');
  expect(lines[2]).toBe('| a | 283 k | wsd | 2.05 M | 1.5000 | +2.0 % |');
  expect(lines[3]).toBe('| b (looked at) | 283 k | wsd | 2.05 M | 1.5000 | -4.0 % |');
  expect(lines[4]).toMatch(/\| none \|$/);
});
