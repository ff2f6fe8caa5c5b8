/** Options of the law as the page asks for them: labels, the symbols of the paper's file, help, choices. */
import { a0Registry, a1Registry, a2Registry } from '../../shared/laws/forms.ts';
import { type LawOptions, positionLaws } from '../../shared/laws/types.ts';
import type { FieldHelp } from '../../shared/methods/method.ts';

export interface LawField {
  readonly key: keyof LawOptions;
  readonly help: FieldHelp;
  readonly fallback: string;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
}

const forms = (registry: Readonly<Record<string, { readonly label: string; readonly equation: string }>>) => [
  { value: 'auto', label: 'automatic' },
  ...Object.entries(registry).map(([value, { label }]) => ({ value, label })),
];

const equations = (registry: Readonly<Record<string, { readonly equation: string }>>) =>
  Object.values(registry)
    .map(({ equation }) => equation)
    .join('; ');

const chosen = 'Automatic: the form with the least error on the held-out end of the prefix.';

export const lawFields: readonly LawField[] = [
  {
    key: 'a0Form',
    help: {
      label: 'Gap',
      symbol: 'a_0',
      help: `Loss without context less loss with infinite context, over training. ${equations(a0Registry)}. ${chosen}`,
      standing: 'ours',
    },
    fallback: 'auto',
    choices: forms(a0Registry),
  },
  {
    key: 'a1Form',
    help: {
      label: 'Rate',
      symbol: 'a_1',
      help: `How fast context helps, over training. ${equations(a1Registry)}. ${chosen}`,
      standing: 'ours',
    },
    fallback: 'auto',
    choices: forms(a1Registry),
  },
  {
    key: 'a2Form',
    help: {
      label: 'Floor',
      symbol: 'a_2',
      help: `Loss with infinite context, over training. ${equations(a2Registry)}. ${chosen}`,
      standing: 'ours',
    },
    fallback: 'auto',
    choices: forms(a2Registry),
  },
  {
    key: 'separation',
    help: {
      label: 'Separation',
      symbol: 'N_sep',
      help: 'Where the late piece of the floor begins. Scan: the place with the least squared error, if the prefix shows one; none: one piece.',
      standing: 'ours',
    },
    fallback: 'scan',
    choices: [
      { value: 'scan', label: 'scan' },
      { value: 'none', label: 'none' },
    ],
  },
  {
    key: 'cosPhase',
    help: {
      label: 'Cosine phase',
      symbol: 'φ',
      help: 'Tied to the schedule (0), or fitted too, which needs a long prefix.',
      standing: 'ours',
    },
    fallback: 'fixedToSchedule',
    choices: [
      { value: 'fixedToSchedule', label: 'as scheduled' },
      { value: 'free', label: 'fitted' },
    ],
  },
  {
    key: 'positionLaw',
    help: {
      label: 'Position law',
      symbol: 'L_i',
      help: 'Loss at position i of a checkpoint. The hyperbola a0 / (1 + a1 i) + a2 is from a third-party description; power and log are ours, to compare.',
      standing: 'secondary',
    },
    fallback: 'hyperbolic',
    choices: positionLaws.map((value) => ({ value, label: value === 'hyperbolic' ? 'hyperbola' : value })),
  },
  {
    key: 'positionWeights',
    help: {
      label: 'Weights',
      help: 'Of positions in a fit: all alike, or by the inverse square of their standard error over sequences.',
      standing: 'ours',
    },
    fallback: 'uniform',
    choices: [
      { value: 'uniform', label: 'uniform' },
      { value: 'byStandardError', label: 'standard error' },
    ],
  },
  {
    key: 'robust',
    help: {
      label: 'Errors',
      help: 'What temporal fits make small: squared errors, or Huber’s, which lets single odd checkpoints go.',
      standing: 'ours',
    },
    fallback: 'squares',
    choices: [
      { value: 'squares', label: 'squared' },
      { value: 'huber', label: 'Huber' },
    ],
  },
];

export const dropFirstHelp: FieldHelp = {
  label: 'Drop first position',
  symbol: 'i = 1',
  help: 'Leaves position 1, which has no context, out of the fits; it stays in the mean.',
  standing: 'ours',
};
