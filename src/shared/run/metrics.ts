/** Names and units of logged metrics. A metric point also carries step, tokens seen, FLOPs spent and seconds of training. */
export const metricUnits = {
  'train/loss': 'nats/token',
  /** What is differentiated before auxiliary terms; logged only where it differs from the plain loss. */
  'train/objective': 'nats/token',
  'train/totalLoss': 'nats/token', // with auxiliary terms
  'train/gradientNorm': '',
  'train/learningRate': '',
  'train/tokensPerSecond': 'tokens/s',
  /** As computed: with dense dispatch every expert, with capacity dispatch every slot, full or empty. */
  'train/flopsPerSecond': 'FLOP/s',
  /** Only what the active experts of every token need; logged where that is less than what is computed. */
  'train/activeFlopsPerSecond': 'FLOP/s',
  'train/utilisation': 'share of measured ceiling',
  /** Choices of experts that found no slot, of all choices (capacity dispatch). */
  'train/report/overflow': 'share of choices',
  'validation/loss': 'nats/token',
  'validation/perplexity': '',
  'validation/bitsPerByte': 'bits/byte',
} as const;

export type KnownMetric = keyof typeof metricUnits;

/** Unit of a metric; auxiliary losses (`train/auxiliary/NAME`) and losses by set (`measured/loss/SET`) are nats. */
export function metricUnit(name: string): string {
  if (name in metricUnits) return metricUnits[name as KnownMetric];
  return /^(train\/auxiliary|measured\/loss)\//.test(name) ? 'nats/token' : '';
}

export interface MetricPoint {
  readonly name: string;
  readonly step: number;
  readonly tokens: number;
  readonly flops: number;
  readonly seconds: number;
  readonly value: number;
}

/** What a curve may be drawn against. */
export const curveAxes = ['step', 'tokens', 'flops', 'seconds'] as const;
export type CurveAxis = (typeof curveAxes)[number];

/** A curve in min / max / last buckets, in order of x. Never a random sample; the first and last points are always there. */
export interface Curve {
  readonly metric: string;
  readonly axis: CurveAxis;
  readonly x: number[]; // of the last point of each bucket
  readonly last: number[];
  readonly min: number[];
  readonly max: number[];
  readonly steps: number[];
}
