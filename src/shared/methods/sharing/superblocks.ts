/**
 * Superblocks of layers, common to the ways of sharing: layer i with begin <= i < end leads when (i - begin) mod g = 0
 * and follows the last leader otherwise; other layers are whole. (Released code of UniAttn counts from 0 or 1 instead of
 * begin; the two agree when begin is that number mod g.)
 */
import { z } from 'zod';
import { mendsTo, type Problem } from '../../errors.ts';
import type { FieldHelp } from '../method.ts';
import {
  type AttentionRole,
  type Compensation,
  type Shared,
  type SharedLayer,
  wholeRole,
} from './sharing.ts';

export const superblockSchema = {
  groupSize: z.int().positive().default(4), // g
  begin: z.int().nonnegative(), // first layer in range
  end: z.int().nonnegative(), // the range ends before this layer
};

export interface Superblocks {
  readonly groupSize: number;
  readonly begin: number;
  readonly end: number;
}

/** The paper's choice for its 32 layers (4, 16, 33), in proportion: the upper half of the stack. */
export const defaultSuperblocks = (layers: number): Superblocks => ({
  groupSize: 4,
  begin: Math.floor(layers / 2),
  end: layers + 1,
});

export const superblockFields: Readonly<Record<keyof Superblocks, FieldHelp>> = {
  groupSize: {
    label: 'Group size',
    symbol: 'g',
    help: 'Layers of one superblock: a leader and g - 1 followers. 1 shares nothing.',
    standing: 'paper',
  },
  begin: {
    label: 'Begin',
    help: 'First layer in range, counted from 0 with repeats written out; it is a leader.',
    standing: 'paper',
  },
  end: {
    label: 'End',
    help: 'The range ends before this layer; the number of layers, or one more, for the whole upper part.',
    standing: 'paper',
  },
};

/** Leader of layer `index`, which is the layer itself for a leader; null outside the range. */
function leaderOf({ groupSize, begin, end }: Superblocks, index: number): number | null {
  if (index < begin || index >= end) return null;
  return index - ((index - begin) % groupSize);
}

/** A leader that no layer follows is whole, so that it is computed as if nothing were shared. */
export function superblockRole(
  options: Superblocks,
  index: number,
  layers: number,
  shares: Shared,
  compensation: Compensation,
): AttentionRole {
  const leader = leaderOf(options, index);
  if (leader === null) return wholeRole;
  if (leader !== index) return { kind: 'follower', shares, leader, compensation };
  const followed = index + 1 < layers && leaderOf(options, index + 1) === index;
  return followed ? { kind: 'leader', shares } : wholeRole;
}

/** What a follower must have in common with its leader: the path in the attention object, the label, and the value. */
export type Common = (attention: SharedLayer['attention']) => Array<readonly [string, string, unknown]>;

/** Problems of the range, and of followers that differ from their leader in what they have in common. */
export function superblockProblems(
  options: Superblocks,
  stack: readonly SharedLayer[],
  common: Common,
): Problem[] {
  const layers = stack.length;
  const { begin, end } = options;
  const problems: Problem[] = [];
  if (begin > layers) {
    problems.push({
      path: 'sharing.begin',
      message: `begin ${begin} lies beyond the ${layers} layers: set begin to a layer from 0 to ${layers - 1}`,
      mends: mendsTo('sharing.begin', 'begin', [layers - 1]),
    });
  }
  if (end > layers + 1) {
    problems.push({
      path: 'sharing.end',
      message: `end ${end} lies beyond the ${layers} layers: set end to at most ${layers}`,
      mends: mendsTo('sharing.end', 'end', [layers]),
    });
  }
  const said = new Set<string>();
  for (const { index, block, attention } of stack) {
    const leader = leaderOf(options, index);
    if (leader === null || leader === index) continue;
    const expected = common(stack[leader]!.attention);
    for (const [place, [field, label, value]] of common(attention).entries()) {
      const wanted = expected[place]![2];
      const path = `blocks.${block}.attention.${field}`;
      if (JSON.stringify(value) === JSON.stringify(wanted) || said.has(path)) continue;
      said.add(path); // once for each field, however many layers repeat it
      problems.push({
        path,
        message: `layer ${index} follows layer ${leader}, but its ${label} ${shown(value)} differ from the leader's ${shown(wanted)}: set them alike, or the sharing's range so that layer ${index} is not a follower`,
        mends: [
          {
            label: `give it the attention of layer ${leader}`,
            path: `blocks.${block}.attention`,
            value: stack[leader]!.attention,
          },
        ],
      });
    }
  }
  return problems;
}

function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}
