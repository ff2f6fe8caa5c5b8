/** The store at the size of a busy year: 500 runs, 1,000,000 metric points. Rates against better-sqlite3 used plainly. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openStore, type Store } from '../src/main/store/index.ts';
import { newRun } from '../src/main/store/testSupport.ts';
import type { MetricPoint } from '../src/shared/run/metrics.ts';
import type { BenchContext, Benchmark, BenchResult } from './result.ts';

const runCount = 500;
const pointCount = 1_000_000;
/** One long run holds a tenth of all points in one curve: the hardest one to draw. */
const longCurve = 100_000;
const metric = 'train/loss';

const pointAt = (step: number): MetricPoint => ({
  name: metric,
  step,
  tokens: step * 2048,
  flops: step * 6e10,
  seconds: step * 0.35,
  value: 7 / Math.sqrt(1 + step) + Math.sin(step) / 10,
});

const names = [
  'store/insert',
  'store/curve',
  'store/list-runs',
  'store/open',
  'store/backup',
  'store/bytes-per-point',
] as const;

export const store: Benchmark = { names, run };

/** Inserts, draws, lists, backs up and reopens, in a temporary workspace that is removed. */
export async function run(context: BenchContext): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'finegrain-bench-'));
  try {
    context.log(`store: ${runCount} runs, ${pointCount} points`);
    const opened = openStore(folder);
    const longRun = opened.runs.create(newRun({ name: 'long' }));
    const insertSeconds = insertAll(opened, longRun);
    const results = [
      insertResult(folder, insertSeconds),
      curveResult(opened, longRun, context.rounds),
      listResult(opened, context.rounds),
    ];
    const backupSeconds = await secondsOf(() => opened.backup());
    const bytes = statSync((await opened.backup()) ?? opened.file).size;
    await opened.close();
    let reopened: Store | undefined;
    const openSeconds = await secondsOf(async () => {
      reopened = openStore(folder);
    });
    await reopened?.close();
    return [
      ...results,
      {
        name: 'store/open',
        value: openSeconds * 1000,
        unit: 'ms',
        peer: 'none',
        ratio: null,
        note: 'with its check',
      },
      {
        name: 'store/backup',
        value: backupSeconds * 1000,
        unit: 'ms',
        peer: 'none',
        ratio: null,
        note: 'read back',
      },
      { name: 'store/bytes-per-point', value: bytes / pointCount, unit: 'bytes', peer: 'none', ratio: null },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As the host does it: a second's worth of points at a time, one commit each. */
function insertAll(opened: Store, longRun: string): number {
  const others = Array.from({ length: runCount - 1 }, (_, index) =>
    opened.runs.create(newRun({ name: `run ${index}` })),
  );
  const perRun = Math.ceil((pointCount - longCurve) / others.length);
  const start = performance.now();
  append(opened, longRun, longCurve);
  let left = pointCount - longCurve;
  for (const id of others) {
    append(opened, id, Math.min(perRun, left));
    left -= perRun;
  }
  return (performance.now() - start) / 1000;
}

function append(opened: Store, id: string, count: number): void {
  const batch = 1000;
  for (let step = 0; step < count; step += batch) {
    const points = Array.from({ length: Math.min(batch, count - step) }, (_, index) => pointAt(step + index));
    opened.metrics.append(id, points);
    opened.flush();
  }
}

/** The peer: one insert and one commit for each point, as durable as ours. */
function insertResult(folder: string, seconds: number): BenchResult {
  const plain = new Database(join(folder, 'plain.sqlite'));
  plain.pragma('journal_mode = WAL');
  plain.pragma('synchronous = FULL');
  plain.exec(`CREATE TABLE points (run INTEGER, name TEXT, step INTEGER, tokens INTEGER, flops REAL, seconds REAL, value REAL,
    PRIMARY KEY (run, name, step))`);
  const insert = plain.prepare('INSERT INTO points VALUES (?, ?, ?, ?, ?, ?, ?)');
  const count = 2000;
  const start = performance.now();
  for (let step = 0; step < count; step++) {
    const { name, tokens, flops, seconds: time, value } = pointAt(step);
    insert.run(1, name, step, tokens, flops, time, value);
  }
  const peerRate = count / ((performance.now() - start) / 1000);
  plain.close();
  const rate = pointCount / seconds;
  return {
    name: 'store/insert',
    value: rate,
    unit: 'points/s',
    peer: 'single-inserts',
    peerValue: peerRate,
    ratio: rate / peerRate,
    note: '1000 points a commit, synchronous=FULL both',
  };
}

/** The peer reads every row and buckets them in JavaScript. */
function curveResult(opened: Store, id: string, rounds: number): BenchResult {
  const points = 800;
  const ours = fastest(rounds, () => opened.metrics.curve({ run: id, metric, points }).x.length);
  const theirs = fastest(rounds, () => {
    const all = opened.metrics.points({ run: id, metric });
    const low = all[0]!.step;
    const width = (all.at(-1)!.step - low) / points;
    const buckets = new Map<number, { min: number; max: number; last: number }>();
    for (const { step, value } of all) {
      const index = Math.floor((step - low) / width);
      const bucket = buckets.get(index);
      if (bucket === undefined) buckets.set(index, { min: value, max: value, last: value });
      else {
        bucket.min = Math.min(bucket.min, value);
        bucket.max = Math.max(bucket.max, value);
        bucket.last = value;
      }
    }
    return buckets.size;
  });
  return {
    name: 'store/curve',
    value: ours,
    unit: 'ms',
    peer: 'read-every-row',
    peerValue: theirs,
    ratio: theirs / ours,
    note: `${longCurve} points into ${points} buckets`,
  };
}

function listResult(opened: Store, rounds: number): BenchResult {
  const value = fastest(rounds, () => opened.runs.list().length);
  return { name: 'store/list-runs', value, unit: 'ms', peer: 'none', ratio: null, note: `${runCount} runs` };
}

/** Milliseconds of the fastest round: what is left when nothing else wants the machine. */
function fastest(rounds: number, work: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
