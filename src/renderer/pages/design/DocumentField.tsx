/** A field of the architecture document, by its path: reads it, edits it (one undo entry a gesture), shows its problems. */
import { type Architecture, architectureSchema } from '../../../shared/architecture/document.ts';
import { setField } from '../../../shared/architecture/edits.ts';
import { toErrorShape } from '../../../shared/errors.ts';
import { ChoiceField } from '../../components/fields/ChoiceField.tsx';
import { NumberField } from '../../components/fields/NumberField.tsx';
import { NumbersField } from '../../components/fields/NumbersField.tsx';
import { SwitchField } from '../../components/fields/SwitchField.tsx';
import type { SchemaField } from '../../logic/schemaFields.ts';
import { abandonGesture, edit, finishGesture, startGesture } from '../../state/design.ts';
import { say } from '../../state/messages.ts';
import { problemAt, useDocument, useProblems } from './useDocument.ts';

interface Props {
  readonly path: string;
  readonly field: SchemaField;
  /** Another way to write the value, where one edit changes several fields. */
  readonly write?: (document: Architecture, value: unknown) => Architecture;
}

export function DocumentField({ path, field, write }: Props) {
  const document = useDocument();
  const problem = problemAt(useProblems(), path);
  const value = valueAt(document, path);
  const label = `${field.help.label.toLowerCase()}`;
  const change = (next: unknown) => {
    try {
      edit(label, (current) => (write === undefined ? setField(current, path, next) : write(current, next)));
    } catch (error) {
      const shape = toErrorShape(error);
      say(shape.message, { severity: 'error', ...(shape.hint === undefined ? {} : { hint: shape.hint }) });
    }
  };
  const { control, help } = field;
  if (control.type === 'number') {
    return (
      <NumberField
        help={help}
        value={value as number}
        bounds={control}
        problem={problem}
        onChange={change}
        onGesture={(phase) => {
          if (phase === 'begin') startGesture();
          else if (phase === 'end') finishGesture(label);
          else abandonGesture();
        }}
      />
    );
  }
  if (control.type === 'choice') {
    return (
      <ChoiceField
        help={help}
        value={value as string}
        choices={control.choices.map((choice) => ({ value: choice }))}
        problem={problem}
        onChange={change}
      />
    );
  }
  if (control.type === 'numbers') {
    return (
      <NumbersField
        help={help}
        value={value as number[]}
        bounds={{ ...control, integer: false }}
        problem={problem}
        onChange={change}
      />
    );
  }
  return <SwitchField help={help} value={value as boolean} problem={problem} onChange={change} />;
}

function valueAt(document: Architecture, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], document);
}

/** Fields of the document itself are described here; those of a method by the method. */
export const documentFields = {
  vocabulary: {
    name: 'vocabulary',
    help: {
      label: 'Vocabulary',
      symbol: 'V',
      help: 'Tokens that the model knows. A tokenizer of this size is trained on the data unless one is chosen.',
    },
    control: { type: 'number', integer: true, minimum: 2, maximum: null },
  },
  width: {
    name: 'width',
    help: {
      label: 'Width',
      symbol: 'd',
      help: 'Width of the residual stream; heads times head size. The head size follows where it divides.',
    },
    control: { type: 'number', integer: true, minimum: 1, maximum: null },
  },
  context: {
    name: 'context',
    help: { label: 'Context', symbol: 'T', help: 'Tokens that the model sees at once.' },
    control: { type: 'number', integer: true, minimum: 2, maximum: null },
  },
  repeat: {
    name: 'repeat',
    help: { label: 'Layers', symbol: 'L', help: 'How many equal layers this block stands for.' },
    control: { type: 'number', integer: true, minimum: 1, maximum: 1000 },
  },
  tieEmbeddings: {
    name: 'tieEmbeddings',
    help: {
      label: 'Tie embeddings',
      help: 'The output matrix is the embedding matrix: V times d fewer parameters.',
    },
    control: { type: 'switch' },
  },
  epsilon: {
    name: 'norm.epsilon',
    help: { label: 'Norm epsilon', symbol: 'epsilon', help: 'Added under the root of RMSNorm.' },
    control: { type: 'number', integer: false, minimum: 1e-12, maximum: 1 },
  },
  std: {
    name: 'initialisation.std',
    help: {
      label: 'Initial deviation',
      symbol: 'sigma',
      help: 'Standard deviation of the weight matrices at the start.',
    },
    control: { type: 'number', integer: false, minimum: 1e-6, maximum: 10 },
  },
  residual: {
    name: 'initialisation.residual',
    help: {
      label: 'Residual scaling',
      help: 'depth: matrices that write into the residual stream start at deviation / sqrt(2 L), as in GPT-2. none: like all others.',
    },
    control: { type: 'choice', choices: architectureSchemaChoices() },
  },
} as const satisfies Record<string, SchemaField>;

function architectureSchemaChoices(): readonly string[] {
  return architectureSchema.shape.initialisation.unwrap().shape.residual.options;
}
