/**
 * Whether intervals held what they promised, over all finished runs of a workspace, and by how much new ones would
 * have to be widened to do so (after split-conformal prediction: Lei et al., arXiv 1604.04173; runs are the exchangeable
 * units here, since checkpoints of one run err together; the adaptation is ours).
 */
import type { HindcastRow } from './hindcast.ts';
import type { PredictionMethod, Trust } from './types.ts';

/** Below this many runs no factor is given: one from fewer would itself be a guess. */
export const leastRuns = 8;
/** Central intervals of the calibration plot. */
export const calibrationLevels: readonly number[] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];

export interface CalibrationOptions {
  /** Default 'temporal', the method with intervals. */
  readonly method?: PredictionMethod;
  /** Only hindcasts from this share of the run. Default: all, each run weighing the same. */
  readonly fraction?: number;
}

export interface Calibration {
  /** Finished runs with a hindcast that has intervals. */
  readonly runs: number;
  /** Later checkpoints in all. */
  readonly points: number;
  /** Share of later checkpoints inside the central interval of each level, averaged over runs. Empty without runs. */
  readonly levels: readonly { readonly nominal: number; readonly observed: number }[];
  /**
   * Factor for the width of new 50 % and 95 % intervals, >= 1; null below `leastRuns` runs. Below 19 runs no factor
   * guarantees 95 %: the largest miss seen is then covered.
   */
  readonly inflation: { readonly 50: number | null; readonly 95: number | null };
  /** Whether predictions of this workspace are to be trusted. */
  readonly trustworthy: Trust;
}

type Rows = { readonly rows: readonly HindcastRow[] };

/** Compares the intervals of hindcasts with what came. One entry for each run, of one set. */
export function calibrate(
  hindcasts: readonly { readonly run: string; readonly hindcast: Rows }[],
  options: CalibrationOptions = {},
): Calibration {
  const { method = 'temporal', fraction } = options;
  const ofRuns = hindcasts
    .map(({ hindcast }) =>
      hindcast.rows.filter(
        (row) =>
          row.method === method &&
          row.below !== null &&
          row.below.length > 0 &&
          (fraction === undefined || row.fraction === fraction),
      ),
    )
    .filter((rows) => rows.length > 0);
  const runs = ofRuns.length;
  const levels =
    runs === 0
      ? []
      : calibrationLevels.map((nominal) => ({
          nominal,
          observed: average(
            ofRuns.map((rows) =>
              average(rows.map(({ below }) => average(below!.map((b) => Number(inCentre(b, nominal)))))),
            ),
          ),
        }));
  const inflation = { 50: inflationFor(ofRuns, 50), 95: inflationFor(ofRuns, 95) };
  return {
    runs,
    points: ofRuns.flat().reduce((sum, row) => sum + row.below!.length, 0),
    levels,
    inflation,
    trustworthy: verdict(runs, levels, finalHeld(ofRuns), inflation[95]),
  };
}

const average = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Whether the loss lies in the central interval, given the share of draws below it. */
const inCentre = (below: number, level: number): boolean => Math.abs(2 * below - 1) <= level + 1e-12;

/** How many half-widths of its interval the final loss lies from the prediction; 0 for a perfect one. */
function finalScore(row: HindcastRow, level: 50 | 95): number | null {
  const last = row.prediction?.at.at(-1);
  if (last === undefined || row.quality === null) return null;
  const [low, high] = level === 50 ? [last.low50, last.high50] : [last.low95, last.high95];
  if (low === undefined || high === undefined) return null;
  const miss = -row.quality.finalError; // observed less predicted
  if (miss === 0) return 0;
  const room = miss > 0 ? high - last.loss : last.loss - low;
  return Math.abs(miss) / Math.max(room, (high - low) / 100, 1e-12);
}

/**
 * The smallest factor under which ceil((n + 1) level) of n runs hold their final loss, a run with several hindcasts counting
 * by the share of them that do; the largest score where n is too small for that.
 */
function inflationFor(ofRuns: readonly (readonly HindcastRow[])[], level: 50 | 95): number | null {
  const scored = ofRuns
    .map((rows) => rows.map((row) => finalScore(row, level)).filter((score) => score !== null))
    .filter((scores) => scores.length > 0);
  const n = scored.length;
  if (n < leastRuns) return null;
  const needed = Math.min(n, Math.ceil((n + 1) * (level / 100)));
  const steps = scored
    .flatMap((scores) => scores.map((score) => ({ score, weight: 1 / scores.length })))
    .sort((a, b) => a.score - b.score);
  let held = 0;
  for (const { score, weight } of steps) {
    held += weight;
    if (held >= needed - 1e-9) return Math.max(1, score);
  }
  return Math.max(1, steps.at(-1)!.score);
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Share of final losses inside their 95 % interval, averaged over runs. */
function finalHeld(ofRuns: readonly (readonly HindcastRow[])[]): number {
  const shares = ofRuns
    .map((rows) => rows.map((row) => finalScore(row, 95)).filter((score) => score !== null))
    .filter((scores) => scores.length > 0)
    .map((scores) => average(scores.map((score) => Number(score <= 1 + 1e-9))));
  return shares.length === 0 ? 0 : average(shares);
}

function verdict(runs: number, levels: Calibration['levels'], final: number, factor: number | null): Trust {
  if (runs === 0) {
    return {
      level: 'none',
      sentence: 'No finished run has been hindcast: nothing is known of how predictions do here.',
    };
  }
  const observed = (nominal: number) => levels.find((level) => level.nominal === nominal)!.observed;
  const [half, most] = [observed(0.5), observed(0.95)];
  const facts =
    `Over ${runs} finished ${runs === 1 ? 'run' : 'runs'}, 95 % intervals held ${percent(most)} of later losses and ` +
    `${percent(final)} of final ones, 50 % intervals ${percent(half)} of later losses`;
  if (runs < leastRuns || factor === null) {
    return {
      level: 'doubtful',
      sentence: `${facts}. Below ${leastRuns} runs that says little, and intervals stay as they are.`,
    };
  }
  const widened =
    factor > 1 ? ` To hold final losses, 95 % intervals have to be ${factor.toFixed(1)} times as wide.` : '';
  if (most >= 0.85 && final >= 0.85 && half >= 0.35) {
    return { level: 'good', sentence: `${facts}: they can be relied on.${widened}` };
  }
  if (most >= 0.6 && final >= 0.5) {
    return { level: 'doubtful', sentence: `${facts}: they promise more than they hold.${widened}` };
  }
  return { level: 'none', sentence: `${facts}: predictions of such runs are not to be trusted.${widened}` };
}
