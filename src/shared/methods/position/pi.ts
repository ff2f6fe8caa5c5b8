/** Position interpolation (Chen et al., arXiv 2306.15595): positions divided by scale s, so that s times as many fit. */
import { z } from 'zod';
import { type PositionMethod, rotaryFrequencies } from './position.ts';

const schema = z.strictObject({
  kind: z.literal('pi'),
  base: z.number().positive().default(10_000), // b
  scale: z.number().positive().default(4), // s = new context / original context
});
export type InterpolatedPosition = z.infer<typeof schema>;

export const pi = {
  kind: 'pi' as const,
  label: 'Position interpolation',
  summary: 'RoPE with all positions divided by one scale, so that a longer context fits the trained range.',
  standing: 'baseline' as const,
  source: 'arXiv 2306.15595',
  notice: null,
  schema,
  defaults: (): InterpolatedPosition => schema.parse({ kind: 'pi' }),
  fields: {
    base: {
      label: 'Rotary base',
      symbol: 'b',
      help: 'Base of the rotary frequencies, as in the original training.',
    },
    scale: {
      label: 'Scale',
      symbol: 's',
      help: 'Positions are divided by it: the extended context over the original one.',
    },
  },
  check: () => [],
  rotation: ({ base, scale }: InterpolatedPosition, { headSize }) => ({
    frequencies: [rotaryFrequencies(base, headSize).map((theta) => theta / scale)],
    amplitude: 1,
  }),
  reconstructed: () => [],
} satisfies PositionMethod<InterpolatedPosition>;
