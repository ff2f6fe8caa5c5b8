/** Curves as min / max / last buckets over an axis, computed by SQLite in one pass. Deterministic; never a sample. */
import { FinegrainError } from '../../shared/errors.ts';
import type { Curve, CurveAxis } from '../../shared/run/metrics.ts';
import type { Connection } from './connection.ts';
import { numberFromColumn } from './rows.ts';

export interface CurveRequest {
  readonly run: string;
  readonly metric: string;
  /** Default: step. */
  readonly axis?: CurveAxis;
  /** Most buckets wanted, at least 2. Default 800. */
  readonly points?: number;
  /** Range of x, both ends included; the range is taken first and bucketed second. */
  readonly from?: number;
  readonly to?: number;
  /** Buckets of equal width in log x (for a logarithmic axis). Points at x <= 0 share one bucket before the others. */
  readonly logX?: boolean;
  /** 0 (default): the run as it stands; 1, 2, ...: an earlier branch. */
  readonly branch?: number;
}

type Resolved = CurveRequest & { readonly key: number; readonly nameId: number | undefined };
type Bucket = [minimum: number | null, maximum: number | null, lastStep: number];
type Series = { readonly run: number; readonly branch: number; readonly name: number };

/** The rows of the curve: the FROM and WHERE that every query shares, its values, and the column of x. */
interface Source {
  readonly rows: string;
  readonly column: string;
  readonly values: Readonly<Record<string, number>>;
}

/** Column expressions by axis; a table, so that no request text ever reaches the SQL. */
const columns: Record<CurveAxis, string> = {
  step: 'step',
  tokens: 'tokens',
  flops: 'flops',
  seconds: 'seconds',
};

export function readCurve(connection: Connection, request: Resolved): Curve {
  const axis = request.axis ?? 'step';
  const points = request.points ?? 800;
  const column = columns[axis];
  if (column === undefined)
    throw new FinegrainError('input.invalid', `axis ${axis} is not one of step, tokens, flops, seconds.`);
  if (!Number.isInteger(points) || points < 2)
    throw new FinegrainError('input.invalid', `points ${points} must be a whole number from 2 on.`);
  const empty: Curve = { metric: request.metric, axis, x: [], last: [], min: [], max: [], steps: [] };
  if (request.nameId === undefined) return empty;

  const series: Series = { run: request.key, branch: request.branch ?? 0, name: request.nameId };
  const ranged = request.from !== undefined || request.to !== undefined;
  const source: Source = {
    // Without a range the scan compares nothing; with one on steps, the index does it.
    rows: `FROM metric_points WHERE run = :run AND branch = :branch AND name = :name
      ${ranged ? `AND ${column} >= :from AND ${column} <= :to` : ''}`,
    column,
    values: ranged
      ? {
          ...series,
          from: request.from ?? Number.NEGATIVE_INFINITY,
          to: request.to ?? Number.POSITIVE_INFINITY,
        }
      : series,
  };

  const counted = connection.get<{ count: number }>(
    `SELECT count(*) AS count FROM (SELECT 1 ${source.rows} LIMIT :enough)`,
    { ...source.values, enough: points + 1 },
  )!;
  if (counted.count === 0) return empty;
  if (counted.count <= points) return exactCurve(connection, source, empty);

  const scale = bucketScale(connection, source, points, request.logX === true);
  const buckets =
    axis === 'step' ? stepBuckets(connection, source, scale) : axisBuckets(connection, source, scale);
  const curve = { ...empty };
  for (const [minimum, maximum, lastStep] of buckets) {
    const [row] = connection.allRaw<[x: number, value: number | null]>(
      `SELECT ${column}, value FROM metric_points WHERE run = :run AND branch = :branch AND name = :name AND step = :step`,
      { ...series, step: lastStep },
    );
    curve.x.push(row![0]);
    curve.last.push(numberFromColumn(row![1]));
    curve.min.push(numberFromColumn(minimum));
    curve.max.push(numberFromColumn(maximum));
    curve.steps.push(lastStep);
  }
  return curve;
}

/** Where bucket edges lie. The first point is a bucket to itself; the last point ends the last bucket. */
interface BucketScale {
  readonly firstStep: number;
  readonly lastStep: number;
  /** Lowest and highest x, or their logarithms. */
  readonly low: number;
  readonly high: number;
  readonly logarithmic: boolean;
  /** Buckets between `low` and `high`. */
  readonly count: number;
}

/** x grows with the step on every axis, so its ends are those of the steps; stray points join the end buckets. */
function bucketScale(connection: Connection, source: Source, points: number, logX: boolean): BucketScale {
  const end = (condition: string, order: 'ASC' | 'DESC') =>
    connection.allRaw<[step: number, x: number]>(
      `SELECT step, ${source.column} ${source.rows} ${condition} ORDER BY step ${order} LIMIT 1`,
      source.values,
    )[0];
  const [firstStep, firstX] = end('', 'ASC')!;
  const [lastStep, lastX] = end('', 'DESC')!;
  const positive = logX ? end(`AND ${source.column} > 0`, 'ASC')?.[1] : undefined;
  if (positive !== undefined && lastX > positive) {
    // Points at x <= 0 have no place on a log axis; beyond the first they share one bucket before the others.
    const count = Math.max(1, points - (firstX <= 0 ? 2 : 1));
    return { firstStep, lastStep, low: Math.log(positive), high: Math.log(lastX), logarithmic: true, count };
  }
  return { firstStep, lastStep, low: firstX, high: lastX, logarithmic: false, count: points - 1 };
}

/** On the step axis a bucket is a range of the index: nothing is sorted, and each row is visited once. */
function stepBuckets(connection: Connection, source: Source, scale: BucketScale): Bucket[] {
  const { firstStep, lastStep, low, high, count } = scale;
  const edges = [firstStep, firstStep + 1];
  for (let index = scale.logarithmic ? 0 : 1; index < count; index++) {
    const position = low + ((high - low) * index) / count;
    const edge = Math.ceil(scale.logarithmic ? Math.exp(position) : position);
    // The first point has its bucket already, and rounding may carry an edge past its neighbours.
    edges.push(Math.min(Math.max(edge, edges.at(-1)!), lastStep + 1));
  }
  edges.push(lastStep + 1);
  const buckets: Bucket[] = [];
  for (let index = 1; index < edges.length; index++) {
    const [from, to] = [edges[index - 1]!, edges[index]!];
    if (to <= from) continue;
    const [bucket] = connection.allRaw<[number | null, number | null, number | null]>(
      `SELECT min(value), max(value), max(step) ${source.rows} AND step >= :first AND step < :next`,
      { ...source.values, first: from, next: to },
    );
    if (bucket![2] !== null) buckets.push([bucket![0], bucket![1], bucket![2]]);
  }
  return buckets;
}

function axisBuckets(connection: Connection, source: Source, scale: BucketScale): Bucket[] {
  const { column } = source;
  const position = scale.logarithmic ? `ln(${column})` : column;
  const index = `max(0, min(CAST((${position} - :low) * :scale AS INTEGER), :top))`;
  const guarded = scale.logarithmic ? `CASE WHEN ${column} <= 0 THEN -1 ELSE ${index} END` : index;
  return connection
    .allRaw<[bucket: number, ...Bucket]>(
      `SELECT CASE WHEN step = :first THEN -2 ELSE ${guarded} END AS bucket, min(value), max(value), max(step) ${source.rows}
       GROUP BY bucket ORDER BY bucket`,
      {
        ...source.values,
        first: scale.firstStep,
        low: scale.low,
        scale: scale.high > scale.low ? scale.count / (scale.high - scale.low) : 0,
        top: scale.count - 1,
      },
    )
    .map(([, minimum, maximum, lastStep]) => [minimum, maximum, lastStep]);
}

/** Few enough points: every one is its own bucket. */
function exactCurve(connection: Connection, source: Source, empty: Curve): Curve {
  const rows = connection.allRaw<[x: number, step: number, value: number | null]>(
    `SELECT ${source.column}, step, value ${source.rows} ORDER BY ${source.column}, step`,
    source.values,
  );
  const values = rows.map((row) => numberFromColumn(row[2]));
  const [x, steps] = [rows.map((row) => row[0]), rows.map((row) => row[1])];
  return { ...empty, x, last: values, min: [...values], max: [...values], steps };
}
