/**
 * YaRN (Peng et al., arXiv 2309.00071): "NTK-by-parts" interpolation and an attention temperature.
 *
 *   r_i      = L theta_i / (2 pi)                         turns of pair i over the original context L
 *   theta_i' = (1 - gamma_i) theta_i / s + gamma_i theta_i     gamma 1: many turns, left alone; 0: interpolated
 *   cos, sin times 0.1 ln(s) + 1                          = sqrt(1/t), on queries and keys alike
 *
 * gamma is a ramp: over r in the paper (from beta_slow to beta_fast), over the index i between the rounded indices
 * where r equals the betas in the authors' code, which released models follow.
 */
import { z } from 'zod';
import { mendsTo, type Problem } from '../../errors.ts';
import { type HeadLayout, type PositionMethod, rotaryFrequencies } from './position.ts';

const schema = z.strictObject({
  kind: z.literal('yarn'),
  base: z.number().gt(1).default(10_000), // b
  scale: z.number().min(1).default(4), // s = new context / original context
  originalContext: z.int().positive(), // L
  betaFast: z.number().positive().default(32),
  betaSlow: z.number().positive().default(1),
  ramp: z.enum(['dimensions', 'rotations']).default('dimensions'),
  temperature: z.boolean().default(true),
});
export type YarnPosition = z.infer<typeof schema>;

function check({ betaFast, betaSlow }: YarnPosition): Problem[] {
  if (betaFast > betaSlow) return [];
  return [
    {
      path: 'betaFast',
      message: `beta fast ${betaFast} is not above beta slow ${betaSlow}: set beta fast above ${betaSlow} (32 in the paper), or beta slow below ${betaFast}`,
      mends: betaSlow < 32 ? mendsTo('betaFast', 'beta fast', [32]) : [],
    },
  ];
}

/** gamma_i for every pair, [h/2]: 1 keeps theta_i, 0 divides it by the scale. */
function keptShares(options: YarnPosition, theta: Float64Array): Float64Array {
  const { base, originalContext: L, betaFast, betaSlow, ramp } = options;
  const clamp = (share: number) => Math.min(1, Math.max(0, share));
  if (ramp === 'rotations') {
    return theta.map((value) => clamp(((L * value) / (2 * Math.PI) - betaSlow) / (betaFast - betaSlow)));
  }
  const h = 2 * theta.length;
  /** The real index i at which theta_i makes `turns` turns over L. */
  const indexOf = (turns: number) => (h * Math.log(L / (turns * 2 * Math.PI))) / (2 * Math.log(base));
  const low = Math.max(Math.floor(indexOf(betaFast)), 0);
  const high = Math.min(Math.ceil(indexOf(betaSlow)), h - 1);
  const span = high === low ? 0.001 : high - low; // as in the authors' code: no division by zero
  return theta.map((_, pair) => 1 - clamp((pair - low) / span));
}

function rotation(options: YarnPosition, { headSize }: Pick<HeadLayout, 'headSize'>) {
  const { base, scale, temperature } = options;
  const theta = rotaryFrequencies(base, headSize);
  const kept = keptShares(options, theta);
  return {
    frequencies: [theta.map((value, pair) => (1 - kept[pair]!) * (value / scale) + kept[pair]! * value)],
    amplitude: temperature ? 0.1 * Math.log(scale) + 1 : 1,
  };
}

export const yarn = {
  kind: 'yarn' as const,
  label: 'YaRN',
  summary: 'Slow pairs interpolated, fast pairs left alone, attention sharpened by a temperature.',
  standing: 'baseline' as const,
  source: 'arXiv 2309.00071',
  notice: null,
  schema,
  defaults: (_layout: HeadLayout, context: number): YarnPosition =>
    schema.parse({ kind: 'yarn', originalContext: Math.max(1, Math.round(context / 4)) }),
  fields: {
    base: {
      label: 'Rotary base',
      symbol: 'b',
      help: 'Base of the rotary frequencies, as in the original training.',
    },
    scale: {
      label: 'Scale',
      symbol: 's',
      help: 'The extended context over the original one; 1 changes nothing.',
    },
    originalContext: {
      label: 'Original context',
      symbol: 'L',
      help: 'Context of the original training, in tokens: pairs are judged by their turns over it.',
    },
    betaFast: {
      label: 'Beta fast',
      symbol: 'beta',
      help: 'Pairs with more turns over the original context than this are left alone.',
    },
    betaSlow: {
      label: 'Beta slow',
      symbol: 'alpha',
      help: 'Pairs with fewer turns than this are interpolated in full.',
    },
    ramp: {
      label: 'Ramp over',
      help: "What the transition between the two is linear in: dimensions, as in the authors' code and in released models, or rotations, as in the paper's equation.",
    },
    temperature: {
      label: 'Temperature',
      symbol: 't',
      help: 'Multiplies queries and keys by 0.1 ln(s) + 1, which sharpens attention over long contexts.',
    },
  },
  check,
  rotation,
  reconstructed: () => [],
} satisfies PositionMethod<YarnPosition>;
