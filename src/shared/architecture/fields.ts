/** Labels, symbols and one-sentence help of every field of the document, for editors and reports. */
import { attentionMethod } from '../methods/attention/index.ts';
import { ffnMethod } from '../methods/ffn/index.ts';
import type { FieldHelp } from '../methods/method.ts';
import { positionMethod } from '../methods/position/index.ts';
import { sharingMethod } from '../methods/sharing/index.ts';
import type { Architecture } from './document.ts';

/** Fields outside the blocks, and those of a block that no method owns, by path. */
export const documentFields: Readonly<Record<string, FieldHelp>> = {
  name: { label: 'Name', help: 'Shown in run tables, legends and exports.' },
  notes: { label: 'Notes', help: 'Free text kept with the document and every checkpoint.' },
  vocabulary: {
    label: 'Vocabulary',
    symbol: '|V|',
    help: 'Number of token ids; the tokenizer may use fewer, never more.',
  },
  width: { label: 'Width', symbol: 'd', help: 'Dimensions of the residual stream; heads times head size.' },
  context: {
    label: 'Context',
    symbol: 'T',
    help: 'Longest sequence the model is built for; attention cost grows with it.',
  },
  'norm.kind': { label: 'Norm', help: 'RMSNorm before each half of a block and before the output matrix.' },
  'norm.epsilon': { label: 'Norm epsilon', help: 'Added to the mean square under the root.' },
  tieEmbeddings: {
    label: 'Tie embeddings',
    help: 'The output matrix is the transposed embedding; saves |V| * d parameters.',
  },
  'initialisation.std': {
    label: 'Initial deviation',
    help: 'Standard deviation of the normal draw of every matrix.',
  },
  'initialisation.residual': {
    label: 'Residual matrices',
    help: 'depth: matrices that write into the residual stream start smaller by sqrt(2 L). none: like all others.',
  },
  'block.repeat': { label: 'Repeat', help: 'How many equal layers this block stands for.' },
  'block.ffn.kind': { label: 'FFN kind', help: 'Which feed-forward network the block uses.' },
  'sharing.kind': { label: 'Sharing', help: 'Whether layers share attention maps, or keys and values.' },
  'block.attention.position.kind': {
    label: 'Position encoding',
    help: 'How queries and keys are turned by their position.',
  },
  'block.attention.kind': { label: 'Attention kind', help: 'Which attention the block uses.' },
};

/** Help of the field at a dotted path of this document, e.g. `blocks.0.ffn.tau`; undefined where there is no such field. */
export function fieldHelp(architecture: Architecture, path: string): FieldHelp | undefined {
  const [first, index, part, ...rest] = path.split('.');
  if (first === 'sharing' && index !== 'kind') {
    return sharingMethod(architecture.sharing.kind).fields[index ?? ''];
  }
  if (first !== 'blocks') return documentFields[path];
  const block = architecture.blocks[Number(index)];
  if (block === undefined || part === undefined) return undefined;
  const field = rest.join('.');
  if (part === 'repeat' || field === 'kind' || field === 'position.kind')
    return documentFields[['block', part, ...rest].join('.')];
  if (part === 'ffn') return ffnMethod(block.ffn.kind).fields[field];
  if (part === 'attention' && rest[0] === 'position' && rest.length === 2) {
    return positionMethod(block.attention.position.kind).fields[rest[1]!];
  }
  if (part === 'attention') {
    const fields: Readonly<Record<string, FieldHelp>> = attentionMethod(block.attention.kind).fields;
    return fields[field];
  }
  return undefined;
}
