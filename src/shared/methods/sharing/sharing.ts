/**
 * What one way of sharing attention across layers declares, once, in one file: its part of the document's schema, which
 * layer plays which role, its rules and help texts. The registry in `index.ts` lists the ways; attention methods know
 * roles only, never the way of sharing that gave them.
 */
import type { z } from 'zod';
import type { Problem } from '../../errors.ts';
import type { FieldHelp } from '../method.ts';
import type { AttentionMap, Tensor } from '../ops.ts';

/** map: the leader's attention weights A. keyValue: the leader's keys (rotated) and values. */
export type Shared = 'map' | 'keyValue';

/** How W_c of a follower starts; none: the follower has no W_c. */
export type Compensation = 'none' | 'zero' | 'random';

/** What an attention layer computes itself, gives away, or takes from an earlier layer. */
export type AttentionRole =
  | { readonly kind: 'whole' }
  | { readonly kind: 'leader'; readonly shares: Shared }
  | {
      readonly kind: 'follower';
      readonly shares: Shared;
      /** Index of the leader in the expanded stack. */
      readonly leader: number;
      readonly compensation: Compensation;
    };

export const wholeRole: AttentionRole = { kind: 'whole' };

/** What a leader leaves for its followers: `map` where it shares the map, `keyValue` where keys (rotated) and values, [B, G, T, h]. */
export type SharedState =
  | { readonly shares: 'map'; readonly map: AttentionMap }
  | { readonly shares: 'keyValue'; readonly key: Tensor; readonly value: Tensor };

/** The softmax attention options that sharing rules look at. */
export interface SharedAttention {
  readonly kind: string;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly position: { readonly kind: string };
}

/** A layer as sharing rules see it. */
export interface SharedLayer {
  readonly index: number;
  /** Index of its block in the document, for the paths of problems. */
  readonly block: number;
  readonly attention: SharedAttention;
}

export interface SharingMethod<Options extends { kind: string }> {
  readonly kind: Options['kind'];
  readonly label: string;
  /** One sentence for pickers. */
  readonly summary: string;
  readonly standing: 'complete' | 'partial' | 'reconstruction' | 'baseline';
  readonly source: string;
  /** What must be said beside every run of the method, or null. */
  readonly notice: string | null;
  readonly schema: z.ZodType<Options>;
  /** Options to start from in a stack of `layers` layers. */
  defaults(layers: number): Options;
  readonly fields: Readonly<Record<string, FieldHelp>>;
  /** Rules that cross fields and layers; paths from the document's root. */
  check(options: Options, stack: readonly SharedLayer[]): Problem[];
  /** The role of layer `index` of a stack of `layers` layers. */
  role(options: Options, index: number, layers: number): AttentionRole;
  /** Names of the fields whose value in `options` is a reconstruction of ours and shapes what is computed. */
  reconstructed(options: Options): string[];
}
