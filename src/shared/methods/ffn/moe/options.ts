/**
 * Options that the routed kinds have in common: their part of the schema, their helps, and the rules that cross them.
 * A kind spreads the groups it needs into its own schema, so that equal things have equal names everywhere.
 */
import { z } from 'zod';
import { mendsTo, type Problem } from '../../../errors.ts';
import type { FieldHelp } from '../../method.ts';

/** Sizes of a set of equal routed experts beside an optional one that always runs. */
export interface ExpertSizes {
  readonly nExperts: number; // E
  readonly expertWidth: number; // D_e
  readonly sharedWidth: number; // D_s; 0: no shared expert
}

/** How training computes the experts. Inference is always exact: nothing is dropped. */
export interface DispatchOptions {
  readonly dispatch: 'dense' | 'capacity';
  readonly capacityFactor: number;
}

export interface RouterOptions {
  readonly renormalise: boolean;
  readonly jitter: number;
  readonly balanceAlpha: number;
  readonly routerZ: number;
}

export const sizeFields = {
  nExperts: z.int().positive().default(8), // E
  expertWidth: z.int().positive(), // D_e
  sharedWidth: z.int().nonnegative().default(0), // D_s
};

export const topKField = { topK: z.int().positive().default(2) }; // K

export const routerFields = {
  renormalise: z.boolean().default(false),
  jitter: z.number().min(0).lt(1).default(0),
  balanceAlpha: z.number().nonnegative().default(0.01),
  routerZ: z.number().nonnegative().default(0),
};

export const dispatchFields = {
  dispatch: z.enum(['dense', 'capacity']).default('dense'),
  capacityFactor: z.number().positive().default(1.25),
};

type Helps<Fields> = { readonly [Name in keyof Fields]: FieldHelp };

export const sizeHelps: Helps<typeof sizeFields> = {
  nExperts: {
    label: 'Experts',
    symbol: 'N',
    help: 'Routed experts of the layer; more of them hold more, at the same cost per token.',
  },
  expertWidth: { label: 'Expert width', symbol: 'D_e', help: 'Intermediate units of one routed expert.' },
  sharedWidth: {
    label: 'Shared expert width',
    symbol: 'D_s',
    help: 'Intermediate units of the expert that runs for every token beside the routed ones; 0: there is none.',
  },
};

export const topKHelp: Helps<typeof topKField> = {
  topK: { label: 'Experts per token', symbol: 'K', help: 'How many routed experts run for a token.' },
};

export const routerHelps: Helps<typeof routerFields> = {
  renormalise: {
    label: 'Renormalise weights',
    help: 'Divide the weights of the chosen experts by their sum, so that they add up to 1. Off: the router probabilities themselves.',
  },
  jitter: {
    label: 'Router jitter',
    symbol: 'epsilon',
    help: 'In training the router reads its input multiplied by random numbers from 1 - epsilon to 1 + epsilon (Switch Transformer); 0: off.',
  },
  balanceAlpha: {
    label: 'Balance loss',
    symbol: 'alpha',
    help: 'Weight of the load-balancing loss alpha * N * sum of f_i * P_i (Switch Transformer): alpha when every expert gets its share; 0: off.',
  },
  routerZ: {
    label: 'Router z-loss',
    help: 'Weight of the mean squared log-sum-exp of the router logits, which keeps them small (ST-MoE); 0: off.',
  },
};

export const dispatchHelps: Helps<typeof dispatchFields> = {
  dispatch: {
    label: 'Dispatch',
    help: 'How training computes: dense runs every expert for every token and masks, exact and slow; capacity gathers tokens per expert and drops what exceeds the capacity.',
  },
  capacityFactor: {
    label: 'Capacity factor',
    help: 'Slots of an expert over its fair share of the tokens, for capacity dispatch; choices beyond it are dropped, counted as overflow, and keep the shared expert and the residual.',
  },
};

/** Problems of top-k routing: more experts per token than there are. */
export function checkTopK({ topK, nExperts }: { topK: number; nExperts: number }): Problem[] {
  if (topK <= nExperts) return [];
  return [
    {
      path: 'topK',
      message: `topK = ${topK} exceeds nExperts = ${nExperts}: set topK to ${nExperts} or less, or nExperts to ${topK} or more`,
      mends: [...mendsTo('topK', 'topK', [nExperts]), ...mendsTo('nExperts', 'nExperts', [topK])],
    },
  ];
}

/** Routed and shared units of a layer, the width of its `activation` tap. */
export function unitsOf({ nExperts, expertWidth, sharedWidth }: ExpertSizes): number {
  return nExperts * expertWidth + sharedWidth;
}

/**
 * Full expert width W of the layer that is compared with a dense FFN of width D: D = 3 W, since a token uses three
 * experts' worth of units (two routed and the shared one, or three routed).
 */
export function thirdOf(ffnWidth: number): number {
  return Math.max(1, Math.round(ffnWidth / 3));
}
