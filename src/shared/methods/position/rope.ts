/** Rotary position embedding with one base (Su et al., arXiv 2104.09864): theta_i = b^(-2i/h). */
import { z } from 'zod';
import { type PositionMethod, rotaryFrequencies } from './position.ts';

const schema = z.strictObject({
  kind: z.literal('rope'),
  base: z.number().positive().default(10_000), // b
});
export type RopePosition = z.infer<typeof schema>;

export const rope = {
  kind: 'rope' as const,
  label: 'RoPE',
  summary: 'Rotary embedding with one base for all heads; a larger base than in training is ABF.',
  standing: 'baseline' as const,
  source: 'arXiv 2104.09864; ABF: arXiv 2309.16039',
  notice: null,
  schema,
  defaults: (): RopePosition => schema.parse({ kind: 'rope' }),
  fields: {
    base: {
      label: 'Rotary base',
      symbol: 'b',
      help: 'Base of the rotary frequencies b^(-2i/d_h). Larger bases turn slower and suit longer contexts: raising it and training on is ABF (adjusted base frequency).',
    },
  },
  check: () => [],
  rotation: ({ base }: RopePosition, { headSize }) => ({
    frequencies: [rotaryFrequencies(base, headSize)],
    amplitude: 1,
  }),
  reconstructed: () => [],
} satisfies PositionMethod<RopePosition>;
