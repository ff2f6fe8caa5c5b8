/** Learning-rate schedules: pure functions of the step, so that a resumed run follows the same curve. */
import type { RunConfiguration } from './configuration.ts';

export type ScheduleSettings = Pick<
  RunConfiguration,
  'steps' | 'learningRate' | 'schedule' | 'warmup' | 'minimumRatio' | 'decayShare'
>;

/** Warm-up steps in effect: those set, or 5 % of the steps and at most 100. Never more than the run has. */
export function warmupSteps(settings: Pick<ScheduleSettings, 'steps' | 'warmup'>): number {
  return Math.min(settings.steps, settings.warmup ?? Math.min(100, Math.round(0.05 * settings.steps)));
}

/**
 * Learning rate of optimiser step `step`, counted from 1 to `settings.steps`.
 * Warm-up is linear from 0 (step W is the first at the peak R). Afterwards, with r the minimum ratio:
 * `constant` stays at R; `cosine` falls as R (r + (1 - r) (1 + cos(pi p)) / 2), p = (step - W) / (S - W);
 * `wsd` stays at R and falls linearly to r R over the last `decayShare` of the steps. Steps beyond S keep the last value.
 */
export function learningRateAt(step: number, settings: ScheduleSettings): number {
  const { steps, learningRate: peak, minimumRatio } = settings;
  const warmup = warmupSteps(settings);
  if (step < warmup) return (peak * step) / warmup;
  if (settings.schedule === 'constant') return peak;
  const decayStart =
    settings.schedule === 'wsd' ? Math.max(warmup, steps - Math.round(settings.decayShare * steps)) : warmup;
  if (step <= decayStart) return peak;
  const progress = Math.min(1, (step - decayStart) / Math.max(1, steps - decayStart));
  const share = settings.schedule === 'wsd' ? 1 - progress : (1 + Math.cos(Math.PI * progress)) / 2;
  return peak * (minimumRatio + (1 - minimumRatio) * share);
}
