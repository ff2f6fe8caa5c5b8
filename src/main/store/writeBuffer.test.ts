/** A store whose file may not grow: SQLite's own "full", wherever the tests run. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FinegrainError } from '../../shared/errors.ts';
import { Connection } from './connection.ts';
import { metricRecords } from './metrics.ts';
import { migrate } from './migrations/index.ts';
import { runKeys } from './runKeys.ts';
import { runRecords } from './runs.ts';
import { newRun, point, reasonOf } from './testSupport.ts';
import { writeBuffer } from './writeBuffer.ts';

let connection: Connection;
beforeEach(() => {
  connection = new Connection(':memory:');
  migrate(connection);
});
afterEach(() => connection.close());

it('keeps what a full disk refused, tells of it, and writes it once there is space', async () => {
  const problems: FinegrainError[] = [];
  const touch = {
    touched: () => buffer.touched(),
    flush: () => buffer.flush(),
    flushForReading: () => buffer.flushForReading(),
  };
  const keys = runKeys(connection);
  const runs = runRecords(connection, keys, touch);
  const metrics = metricRecords(connection, keys, touch);
  const buffer = writeBuffer(connection, [metrics.work, runs.work], (problem) => problems.push(problem));
  const run = runs.records.create(newRun());
  metrics.records.append(run, [point(0, 0)]);
  buffer.flush();

  connection.pragma(`max_page_count = ${connection.pragma<number>('page_count') + 2}`);
  const many = Array.from({ length: 2000 }, (_, index) => point(index + 1, index + 1));
  metrics.records.append(run, many);
  runs.records.progress(run, { step: 2000 });
  expect((await reasonOf(() => buffer.flush())).code).toBe('disk.full');
  expect(buffer.waiting()).toBe(2001);
  expect(metrics.records.points({ run, metric: 'train/loss' })).toEqual([point(0, 0)]);
  expect(runs.records.summary(run).step).toBe(0); // all of a flush or nothing of it
  expect(problems.map(({ code }) => code)).toEqual(['disk.full']); // once, though two reads met it

  connection.pragma('max_page_count = 1000000');
  await expect.poll(() => buffer.waiting(), { timeout: 10_000 }).toBe(0); // by its own clock
  expect(metrics.records.points({ run, metric: 'train/loss' })).toEqual([point(0, 0), ...many]);
  expect(metrics.records.counts(run)).toEqual({ points: 2001, late: 0, replaced: 0 });
  expect(runs.records.summary(run).step).toBe(2000);
  buffer.stop();
});
