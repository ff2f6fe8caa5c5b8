/** The architecture document: the one description of a model that the editor, the engine, checkpoints and exports share. */
import { z } from 'zod';
import { attentionSchema } from '../methods/attention/index.ts';
import { ffnSchema } from '../methods/ffn/index.ts';
import { sharingMethod, sharingSchema } from '../methods/sharing/index.ts';
import type { AttentionRole } from '../methods/sharing/sharing.ts';

export const architectureFormat = 'finegrain.architecture';
export const architectureVersion = 2;

export type Attention = z.infer<typeof attentionSchema>;

export const blockSchema = z.strictObject({
  /** How many equal layers this block stands for. */
  repeat: z.int().positive().default(1),
  attention: attentionSchema,
  ffn: ffnSchema,
});
export type Block = z.infer<typeof blockSchema>;

export const architectureSchema = z.strictObject({
  format: z.literal(architectureFormat),
  version: z.literal(architectureVersion),
  name: z.string().min(1).max(120),
  notes: z.string().max(10_000).default(''),
  vocabulary: z.int().min(2), // |V|
  width: z.int().positive(), // d
  context: z.int().min(2), // T
  blocks: z.array(blockSchema).min(1),
  /** Attention shared across layers; layers are counted with repeats written out. */
  sharing: sharingSchema.default({ kind: 'none' }),
  norm: z
    .strictObject({ kind: z.literal('rmsnorm'), epsilon: z.number().positive() })
    .default({ kind: 'rmsnorm', epsilon: 1e-5 }),
  tieEmbeddings: z.boolean().default(true),
  initialisation: z
    .strictObject({
      std: z.number().positive(),
      /** depth: matrices that write into the residual stream start at std / sqrt(2 L) (GPT-2); none: at std. */
      residual: z.enum(['depth', 'none']),
    })
    .default({ std: 0.02, residual: 'depth' }),
});
export type Architecture = z.infer<typeof architectureSchema>;

/** A layer of the expanded stack: a block without its repeat count, and the index of the block it came from. */
export interface Layer {
  readonly index: number;
  readonly block: number;
  readonly attention: Attention;
  /** What the layer's attention shares with other layers. */
  readonly role: AttentionRole;
  readonly ffn: Block['ffn'];
}

/** The stack with repeats written out; `blocks.{index}` in parameter names counts these. */
export function expandLayers(architecture: Architecture): Layer[] {
  const { blocks, sharing } = architecture;
  const copies = blocks.flatMap((block, position) =>
    Array.from({ length: block.repeat }, () => ({
      block: position,
      attention: block.attention,
      ffn: block.ffn,
    })),
  );
  const { role } = sharingMethod(sharing.kind);
  return copies.map((copy, index) => ({ ...copy, index, role: role(sharing, index, copies.length) }));
}
