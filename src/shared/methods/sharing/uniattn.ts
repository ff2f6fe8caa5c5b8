/**
 * UniAttn (arXiv 2502.00439): the attention map of a superblock's first layer is used by the layers after it, which keep
 * values of their own and have neither queries nor keys; a d x d matrix on the block's normalised input makes up for
 * the difference. In the paper that matrix starts from a fit on calibration data after pre-training (pinv); here a model
 * is trained with it from the start.
 */
import { z } from 'zod';
import type { SharingMethod } from './sharing.ts';
import {
  defaultSuperblocks,
  superblockFields,
  superblockProblems,
  superblockRole,
  superblockSchema,
} from './superblocks.ts';

const schema = z.strictObject({
  kind: z.literal('uniattn'),
  ...superblockSchema,
  compensation: z.enum(['none', 'zero', 'random']).default('zero'),
});
export type UniAttn = z.infer<typeof schema>;

export const uniattn = {
  kind: 'uniattn' as const,
  label: 'UniAttn',
  summary:
    'Followers use the attention map of their leader with their own values, and a compensation matrix.',
  standing: 'partial' as const,
  source: 'arXiv 2502.00439',
  notice: "Method: from the authors' code. Published results: none available.",
  schema,
  defaults: (layers: number): UniAttn => schema.parse({ kind: 'uniattn', ...defaultSuperblocks(layers) }),
  fields: {
    ...superblockFields,
    compensation: {
      label: 'Compensation',
      symbol: 'W_c',
      help: "A d x d matrix in every follower, from the block's normalised input to its attention output, starting at zero or random; none: sharing alone, the paper's ablation.",
      standing: 'ours',
    },
  },
  check: (options: UniAttn, stack) =>
    superblockProblems(options, stack, ({ heads, headSize }) => [
      ['heads', 'heads', heads],
      ['headSize', 'dimensions of a head', headSize],
    ]),
  role: (options: UniAttn, index: number, layers: number) =>
    superblockRole(options, index, layers, 'map', options.compensation),
  // Sharing without W_c is the paper's own ablation; starts other than its fit are ours.
  reconstructed: ({ compensation }: UniAttn) => (compensation === 'none' ? [] : ['compensation']),
} satisfies SharingMethod<UniAttn>;
