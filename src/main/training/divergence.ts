/** Watches losses for NaN and for spikes, so that a run that went wrong stops while a good checkpoint is still there. */

/** Saved in checkpoints: a resumed run judges its next losses exactly as an uninterrupted one would. */
export interface DivergenceState {
  readonly count: number;
  readonly mean: number;
  readonly variance: number;
  /** Suspicious losses in a row. */
  readonly streak: number;
}

export const calmState: DivergenceState = { count: 0, mean: 0, variance: 0, streak: 0 };

export interface DivergenceSettings {
  /** Allowed distance above the running mean, in running standard deviations; 0 judges only NaN and infinity. */
  readonly deviations: number;
  readonly vocabulary: number;
}

export interface Verdict {
  readonly state: DivergenceState;
  /** Why the run must stop, in a sentence; null while it may go on. */
  readonly reason: string | null;
}

/** Weight of a new loss in the running statistics: a memory of about 50 steps. */
const memory = 0.02;
/** Losses needed before the running deviation means anything. */
const settled = 20;
const streakLimit = 3;

/**
 * Judges the loss and gradient norm of one step. A loss is suspicious when it lies more than `deviations` running
 * standard deviations above the running mean (the deviation counts as at least 1 % of the mean, so that a plateau does
 * not make every ripple a spike), or above four times ln |V|: a uniform guess costs ln |V|, and a model that is
 * that much worse has lost its weights even where no running mean exists yet. Three in a row stop the run.
 */
export function judgeLoss(
  step: number,
  result: { readonly loss: number; readonly gradientNorm: number },
  state: DivergenceState,
  settings: DivergenceSettings,
): Verdict {
  const { loss, gradientNorm } = result;
  if (!Number.isFinite(loss)) return { state, reason: `The loss became ${loss} at step ${step}.` };
  if (!Number.isFinite(gradientNorm)) {
    return { state, reason: `The gradient norm became ${gradientNorm} at step ${step}.` };
  }
  if (settings.deviations === 0) return { state, reason: null };

  const deviation = Math.max(Math.sqrt(state.variance), 0.01 * Math.abs(state.mean));
  const limit = state.mean + settings.deviations * deviation;
  const uniform = Math.log(settings.vocabulary);
  const spikes = state.count >= settled && loss > limit;
  const worseThanChance = loss > 4 * uniform;
  if (!spikes && !worseThanChance) return { state: follow(state, loss), reason: null };

  const streak = state.streak + 1;
  // Suspicious losses stay out of the statistics: a spike must not raise the bar it is measured against.
  const next = { ...state, streak };
  if (streak < streakLimit) return { state: next, reason: null };
  const reason = spikes
    ? `The loss rose to ${loss.toFixed(3)} at step ${step}, more than ${settings.deviations} standard deviations ` +
      `above its running mean of ${state.mean.toFixed(3)}, ${streakLimit} steps in a row.`
    : `The loss is ${loss.toPrecision(4)} at step ${step}, far above the ${uniform.toFixed(2)} of a uniform guess, ` +
      `${streakLimit} steps in a row.`;
  return { state: next, reason };
}

function follow(state: DivergenceState, loss: number): DivergenceState {
  const count = state.count + 1;
  // Until the memory fills, every loss weighs the same; afterwards old losses fade.
  const weight = Math.max(memory, 1 / count);
  const distance = loss - state.mean;
  return {
    count,
    mean: state.mean + weight * distance,
    variance: (1 - weight) * (state.variance + weight * distance * distance),
    streak: 0,
  };
}
