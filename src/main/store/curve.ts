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
type Bucket = [bucket: number, minimum: number | null, maximum: number | null, lastStep: number];

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

  const series = { run: request.key, branch: request.branch ?? 0, name: request.nameId };
  const range = {
    from: request.from ?? Number.NEGATIVE_INFINITY,
    to: request.to ?? Number.POSITIVE_INFINITY,
  };
  // Without a range the scan needs no comparison per row; with one on steps, the index does it.
  const within =
    request.from === undefined && request.to === undefined
      ? ''
      : `AND ${column} >= :from AND ${column} <= :to`;
  const source = `FROM metric_points WHERE run = :run AND branch = :branch AND name = :name ${within}`;
  const parameters = within === '' ? series : { ...series, ...range };

  const extent = connection.get<{
    count: number;
    low: number;
    high: number;
    positive: number | null;
    first: number;
  }>(
    `SELECT count(*) AS count, min(${column}) AS low, max(${column}) AS high, min(step) AS first,
       min(CASE WHEN ${column} > 0 THEN ${column} END) AS positive ${source}`,
    parameters,
  )!;
  if (extent.count === 0) return empty;
  if (extent.count <= points) return exactCurve(connection, source, column, parameters, empty);

  // The first point has bucket -2 to itself, x <= 0 on a log axis bucket -1; the last point ends the last bucket.
  const logarithmic = request.logX === true && extent.positive !== null && extent.high > extent.positive;
  const whole = Math.max(1, points - (logarithmic && extent.low <= 0 ? 2 : 1));
  const low = logarithmic ? Math.log(extent.positive!) : extent.low;
  const high = logarithmic ? Math.log(extent.high) : extent.high;
  const scale = high > low ? whole / (high - low) : 0;
  const position = logarithmic ? `ln(${column})` : column;
  const bucket = `min(CAST((${position} - :low) * :scale AS INTEGER), :top)`;
  const guarded = logarithmic ? `CASE WHEN ${column} <= 0 THEN -1 ELSE ${bucket} END` : bucket;
  const buckets = connection.allRaw<Bucket>(
    `SELECT CASE WHEN step = :first THEN -2 ELSE ${guarded} END AS bucket, min(value), max(value), max(step) ${source}
     GROUP BY bucket ORDER BY bucket`,
    { ...parameters, first: extent.first, low, scale, top: whole - 1 },
  );

  const curve = {
    ...empty,
    x: [] as number[],
    last: [] as number[],
    min: [] as number[],
    max: [] as number[],
    steps: [] as number[],
  };
  for (const [, minimum, maximum, lastStep] of buckets) {
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

/** Few enough points: every one is its own bucket. */
function exactCurve(
  connection: Connection,
  source: string,
  column: string,
  parameters: Readonly<Record<string, number>>,
  empty: Curve,
): Curve {
  const rows = connection.allRaw<[x: number, step: number, value: number | null]>(
    `SELECT ${column}, step, value ${source} ORDER BY ${column}, step`,
    parameters,
  );
  const values = rows.map((row) => numberFromColumn(row[2]));
  return {
    ...empty,
    x: rows.map((row) => row[0]),
    last: values,
    min: [...values],
    max: [...values],
    steps: rows.map((row) => row[1]),
  };
}
