/**
 * Cross-layer attention (Brandon et al., arXiv 2405.12981), the baseline of UniAttn: followers use the keys and values
 * of their leader, and compute queries, scores and softmax themselves.
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

const schema = z.strictObject({ kind: z.literal('crossLayerKv'), ...superblockSchema });
export type CrossLayerKv = z.infer<typeof schema>;

export const crossLayerKv = {
  kind: 'crossLayerKv' as const,
  label: 'Cross-layer KV',
  summary: 'Followers use the keys and values of their leader, with queries of their own.',
  standing: 'baseline' as const,
  source: 'arXiv 2405.12981',
  notice: null,
  schema,
  defaults: (layers: number): CrossLayerKv =>
    schema.parse({ kind: 'crossLayerKv', ...defaultSuperblocks(layers) }),
  fields: superblockFields,
  // Keys are shared after their rotation: queries must turn as the leader's would.
  check: (options: CrossLayerKv, stack) =>
    superblockProblems(options, stack, ({ heads, kvHeads, headSize, position }) => [
      ['heads', 'heads', heads],
      ['kvHeads', 'key/value heads', kvHeads],
      ['headSize', 'dimensions of a head', headSize],
      ['position', 'positions', position],
    ]),
  role: (options: CrossLayerKv, index: number, layers: number) =>
    superblockRole(options, index, layers, 'keyValue', 'none'),
  reconstructed: () => [],
} satisfies SharingMethod<CrossLayerKv>;
