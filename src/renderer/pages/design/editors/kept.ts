/** What the editors of routed kinds keep while a size is dragged. */
import { useState } from 'react';
import type { ExpertSizes, Kept } from '../../../logic/expertSizes.ts';
import type { Choice } from './Keep.tsx';

export const keptChoices: readonly Choice<Kept>[] = [
  {
    value: 'total',
    label: 'Total units',
    help: 'More experts are narrower: the units of all routed experts stay, and the active ones as near as whole experts come.',
  },
  {
    value: 'active',
    label: 'Active units',
    help: 'The units that a token runs stay: more experts hold more at the same cost; narrower ones run more of them.',
  },
  { value: 'rest', label: 'Nothing', help: 'Only what is dragged changes.' },
];

export function useKept(sizes: ExpertSizes) {
  const [wish, setKept] = useState<Kept>('total');
  // Without a bound on the experts of a token there are no active units to keep.
  const kept: Kept = wish === 'active' && sizes.chosen === null ? 'rest' : wish;
  return { kept, setKept };
}
