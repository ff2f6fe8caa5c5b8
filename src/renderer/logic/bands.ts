/** The mean of several runs of one group and the band around it. */

export const bandKinds = ['range', 'deviation', 'interval'] as const;
export type BandKind = (typeof bandKinds)[number];

export const bandLabels: Readonly<Record<BandKind, string>> = {
  range: 'min to max',
  deviation: '± 1 standard deviation',
  interval: '95 % interval of the mean',
};

export interface Line {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

export interface Band {
  readonly x: number[];
  readonly mean: number[];
  readonly low: number[];
  readonly high: number[];
  readonly members: number;
}

/**
 * Mean and band where every member has values: elsewhere the mean would jump as members come and go. The members are read
 * at the x of the one with the most points, by linear interpolation between their own points.
 */
export function bandOf(lines: readonly Line[], kind: BandKind): Band | null {
  const members = lines.map(finiteOnly).filter((line) => line.x.length > 0);
  if (members.length === 0) return null;
  const from = Math.max(...members.map((line) => line.x[0]!));
  const to = Math.min(...members.map((line) => line.x.at(-1)!));
  const densest = members.reduce((a, b) => (b.x.length > a.x.length ? b : a));
  const grid = densest.x.filter((x) => x >= from && x <= to);
  const band: Band = { x: [], mean: [], low: [], high: [], members: members.length };
  const readers = members.map(reader);
  for (const x of grid) {
    const values = readers.map((read) => read(x));
    const { mean, deviation } = momentsOf(values);
    const half =
      kind === 'deviation'
        ? deviation
        : studentQuantile(values.length - 1) * (deviation / Math.sqrt(values.length));
    band.x.push(x);
    band.mean.push(mean);
    band.low.push(kind === 'range' ? Math.min(...values) : mean - half);
    band.high.push(kind === 'range' ? Math.max(...values) : mean + half);
  }
  return band;
}

/** Mean and sample standard deviation (n - 1); the deviation of a single value is 0. */
export function momentsOf(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2) return { mean, deviation: 0 };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

const quantiles = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** The 97.5 % quantile of Student's t; few seeds are the rule, so the normal one would be too narrow. 0 without freedom. */
export function studentQuantile(freedom: number): number {
  if (freedom < 1) return 0;
  // Past the table: Cornish-Fisher's first two terms, good to three digits from 30 on.
  const z = 1.959964;
  return (
    quantiles[freedom - 1] ??
    z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2)
  );
}

function finiteOnly(line: Line): { x: number[]; y: number[] } {
  const keep = line.x.map((x, index) => Number.isFinite(x) && Number.isFinite(line.y[index]));
  return { x: line.x.filter((_, index) => keep[index]), y: line.y.filter((_, index) => keep[index]) };
}

/** Reads a line at ascending places, walking along it once. */
function reader({ x, y }: Line): (at: number) => number {
  let index = 0;
  return (at) => {
    while (index < x.length - 1 && x[index + 1]! <= at) index++;
    const [x0, y0] = [x[index]!, y[index]!];
    const x1 = x[index + 1];
    if (x1 === undefined || at <= x0) return y0;
    return y0 + ((at - x0) / (x1 - x0)) * (y[index + 1]! - y0);
  };
}
