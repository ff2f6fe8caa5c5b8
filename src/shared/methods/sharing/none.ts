/** No sharing: every layer computes its own attention. */
import { z } from 'zod';
import { type SharingMethod, wholeRole } from './sharing.ts';

const schema = z.strictObject({ kind: z.literal('none') });
export type NoSharing = z.infer<typeof schema>;

export const none = {
  kind: 'none' as const,
  label: 'None',
  summary: 'Every layer computes its own attention.',
  standing: 'baseline' as const,
  source: 'arXiv 1706.03762',
  notice: null,
  schema,
  defaults: (): NoSharing => ({ kind: 'none' }),
  fields: {},
  check: () => [],
  role: () => wholeRole,
  reconstructed: () => [],
} satisfies SharingMethod<NoSharing>;
