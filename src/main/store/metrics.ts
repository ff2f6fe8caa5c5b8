/** Metric points of runs: buffered in, read back as exact points or as bucketed curves. */
import { FinegrainError } from '../../shared/errors.ts';
import type { Curve, MetricPoint } from '../../shared/run/metrics.ts';
import type { Connection } from './connection.ts';
import { type CurveRequest, readCurve } from './curve.ts';
import { checkStep, numberFromColumn } from './rows.ts';
import type { RunKeys } from './runKeys.ts';
import type { BufferedWork } from './writeBuffer.ts';

export interface PointQuery {
  readonly run: string;
  readonly metric: string;
  readonly fromStep?: number;
  readonly toStep?: number;
  /** 0 (default): the run as it stands; 1, 2, ...: an earlier branch. */
  readonly branch?: number;
}

/** What became of points that did not simply extend their series. Nothing is dropped. */
export interface PointCounts {
  readonly points: number;
  /** Arrived after a later step of the same series; stored in their place. */
  readonly late: number;
  /** Repeated a step of the same series; the newest value replaced the older. */
  readonly replaced: number;
}

export interface MetricRecords {
  /** Takes points; they are on disk within a second, or after `store.flush()`. A point that is not whole is refused, with all of its call. */
  append(run: string, points: readonly MetricPoint[]): void;
  curve(request: CurveRequest): Curve;
  /** Exact points in order of step. */
  points(query: PointQuery): MetricPoint[];
  /** The newest point of every series of the run. */
  newest(run: string): MetricPoint[];
  /** Names that have points, in alphabetical order. */
  names(run: string): string[];
  counts(run: string): PointCounts;
}

interface Waiting {
  readonly key: number;
  readonly point: MetricPoint;
}

export type PointRow = [step: number, tokens: number, flops: number, seconds: number, value: number | null];

export function metricRecords(
  connection: Connection,
  keys: RunKeys,
  buffer: { touched(): void; flushForReading(): void },
): { records: MetricRecords; work: BufferedWork; nameId(name: string): number | undefined; forget(): void } {
  let waiting: Waiting[] = [];
  const nameIds = new Map<string, number>();
  /** Newest step on disk by run key and name id; spares a look-up for every point that simply extends its series. */
  const newestSteps = new Map<string, number>();

  const nameId = (name: string): number | undefined => {
    const known = nameIds.get(name);
    if (known !== undefined) return known;
    const row = connection.get<{ id: number }>('SELECT id FROM metric_names WHERE name = ?', name);
    if (row !== undefined) nameIds.set(name, row.id);
    return row?.id;
  };

  const nameIdToWrite = (name: string): number => {
    const known = nameId(name);
    if (known !== undefined) return known;
    connection.run('INSERT INTO metric_names (name) VALUES (?)', name);
    return nameId(name)!;
  };

  const newestStep = (key: number, name: number): number => {
    const series = `${key} ${name}`;
    let step = newestSteps.get(series);
    if (step === undefined) {
      const row = connection.get<{ step: number | null }>(
        'SELECT max(step) AS step FROM metric_points WHERE run = ? AND branch = 0 AND name = ?',
        key,
        name,
      );
      step = row?.step ?? -1;
      newestSteps.set(series, step);
    }
    return step;
  };

  /** Stores one point and says how it relates to its series. */
  const write = ({ key, point }: Waiting): 'new' | 'late' | 'replaced' => {
    const name = nameIdToWrite(point.name);
    const newest = newestStep(key, name);
    let relation: 'new' | 'late' | 'replaced' = 'new';
    if (point.step > newest) newestSteps.set(`${key} ${name}`, point.step);
    else {
      const exists = connection.get(
        'SELECT 1 FROM metric_points WHERE run = ? AND branch = 0 AND name = ? AND step = ?',
        key,
        name,
        point.step,
      );
      relation = exists === undefined ? 'late' : 'replaced';
    }
    connection.run(
      `INSERT INTO metric_points (run, branch, name, step, tokens, flops, seconds, value) VALUES (?, 0, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET tokens = excluded.tokens, flops = excluded.flops, seconds = excluded.seconds, value = excluded.value`,
      key,
      name,
      point.step,
      point.tokens,
      point.flops,
      point.seconds,
      Number.isNaN(point.value) ? null : point.value,
    );
    return relation;
  };

  const forget = () => {
    // After a rollback or a rewind these may name rows that are not there.
    nameIds.clear();
    newestSteps.clear();
  };

  const work: BufferedWork = {
    size: () => waiting.length,
    write() {
      const odd = new Map<number, { late: number; replaced: number }>();
      for (const item of waiting) {
        const relation = write(item);
        if (relation === 'new') continue;
        const count = odd.get(item.key) ?? { late: 0, replaced: 0 };
        count[relation]++;
        odd.set(item.key, count);
      }
      for (const [key, { late, replaced }] of odd) {
        connection.run(
          'UPDATE runs SET late_points = late_points + ?, replaced_points = replaced_points + ? WHERE key = ?',
          late,
          replaced,
          key,
        );
      }
    },
    committed() {
      waiting = [];
    },
    failed: forget,
  };

  const toPoint = (name: string, [step, tokens, flops, seconds, value]: PointRow): MetricPoint => ({
    name,
    step,
    tokens,
    flops,
    seconds,
    value: numberFromColumn(value),
  });

  const records: MetricRecords = {
    append(run, points) {
      const key = keys.keyOf(run);
      for (const point of points) checkPoint(run, point);
      for (const point of points) waiting.push({ key, point });
      buffer.touched();
    },

    curve(request) {
      buffer.flushForReading();
      const id = nameId(request.metric);
      const key = keys.keyOf(request.run);
      return readCurve(connection, { ...request, key, nameId: id });
    },

    points({ run, metric, fromStep = 0, toStep = Number.MAX_SAFE_INTEGER, branch = 0 }) {
      buffer.flushForReading();
      const key = keys.keyOf(run);
      const id = nameId(metric);
      if (id === undefined) return [];
      const rows = connection.allRaw<PointRow>(
        `SELECT step, tokens, flops, seconds, value FROM metric_points
         WHERE run = ? AND branch = ? AND name = ? AND step BETWEEN ? AND ? ORDER BY step`,
        key,
        branch,
        id,
        fromStep,
        toStep,
      );
      return rows.map((row) => toPoint(metric, row));
    },

    newest(run) {
      const key = keys.keyOf(run);
      return records.names(run).map((name) => {
        const row = connection.allRaw<PointRow>(
          `SELECT step, tokens, flops, seconds, value FROM metric_points
           WHERE run = ? AND branch = 0 AND name = ? ORDER BY step DESC LIMIT 1`,
          key,
          nameId(name)!,
        );
        return toPoint(name, row[0]!);
      });
    },

    names(run) {
      buffer.flushForReading();
      const key = keys.keyOf(run);
      // One index probe per name, where DISTINCT would walk every point of the run.
      return connection
        .all<{ name: string }>(
          `SELECT n.name AS name FROM metric_names n
           WHERE EXISTS (SELECT 1 FROM metric_points p WHERE p.run = ? AND p.branch = 0 AND p.name = n.id)
           ORDER BY n.name`,
          key,
        )
        .map((row) => row.name);
    },

    counts(run) {
      buffer.flushForReading();
      const key = keys.keyOf(run);
      const row = connection.get<PointCounts>(
        `SELECT (SELECT count(*) FROM metric_points p WHERE p.run = r.key AND p.branch = 0) AS points,
           late_points AS late, replaced_points AS replaced FROM runs r WHERE key = ?`,
        key,
      );
      return row!;
    },
  };

  return { records, work, nameId, forget };
}

function checkPoint(run: string, point: MetricPoint): void {
  checkStep(point.step, `Metric ${point.name} of run ${run}`);
  if (point.name.length === 0)
    throw new FinegrainError('input.invalid', `A metric point of run ${run} has no name.`);
  if (!Number.isSafeInteger(point.tokens)) {
    throw new FinegrainError(
      'input.invalid',
      `Metric ${point.name} of run ${run}: tokens ${point.tokens} is not a whole number.`,
    );
  }
  if (!Number.isFinite(point.flops) || !Number.isFinite(point.seconds)) {
    throw new FinegrainError(
      'input.invalid',
      `Metric ${point.name} of run ${run} at step ${point.step}: flops ${point.flops} and seconds ${point.seconds} must be finite.`,
    );
  }
  if (typeof point.value !== 'number') {
    throw new FinegrainError(
      'input.invalid',
      `Metric ${point.name} of run ${run} at step ${point.step} has no value.`,
    );
  }
}
