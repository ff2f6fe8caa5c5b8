/** What can be written next in a query: fields, operators, values, the words between conditions. */
import type { FieldValue } from '../../shared/run/fields.ts';
import { type FieldCatalogue, fieldLabel, formatValue, summaryFields } from '../../shared/run/records.ts';
import { formatQueryValue, operators, type Place, tokenise } from './runQuery.ts';

export interface Completion {
  readonly text: string;
  readonly kind: 'field' | 'value' | 'operator' | 'word';
  /** What it is, in words. */
  readonly detail: string;
}

export interface Completions extends Place {
  /** Best first; what is chosen replaces the text between `start` and `end`. */
  readonly options: readonly Completion[];
}

const most = 12;
const words: Readonly<Record<string, string>> = {
  '=': 'is',
  '!=': 'is not',
  '<': 'less than',
  '<=': 'at most',
  '>': 'more than',
  '>=': 'at least',
  '~': 'contains',
};
const between = ['and', 'or'];

export function completeQuery(text: string, caret: number, catalogue: FieldCatalogue): Completions {
  const before = text.slice(0, caret);
  const tokens = tokensOf(before);
  const last = tokens.at(-1);
  const typing = last !== undefined && last.end === caret && ['word', 'string'].includes(last.kind);
  const partial = typing ? last.text.toLowerCase() : '';
  const start = typing ? last.start : caret;
  const past = typing ? tokens.slice(0, -1) : tokens;
  const answer = (options: readonly Completion[]): Completions => ({
    start,
    end: caret,
    options: ranked(options, partial).slice(0, most),
  });

  const field = fieldOfValue(past);
  if (field !== null) {
    const values = catalogue.values(field).map((value) => ({
      text: formatQueryValue(value),
      kind: 'value' as const,
      detail: inWords(field, value),
    }));
    const unknown = { text: 'unknown', kind: 'value' as const, detail: 'no value' };
    const inOrder = past.at(-1)?.kind === 'operator' && !['=', '==', '!='].includes(past.at(-1)!.text);
    return answer(inOrder ? values : [...values, unknown]);
  }
  const previous = past.at(-1);
  const isKeyword = (word: string | undefined) => ['and', 'or', 'not'].includes(word?.toLowerCase() ?? '');
  const opens =
    previous === undefined || previous.kind === '(' || (previous.kind === 'word' && isKeyword(previous.text));
  if (opens) {
    const fields = catalogue.names.map((name) => ({
      text: name,
      kind: 'field' as const,
      detail: Object.hasOwn(summaryFields, name) ? fieldLabel(name) : '',
    }));
    return answer(
      partial === '' ? fields : [...fields, { text: 'not', kind: 'word', detail: 'the opposite' }],
    );
  }
  const afterField =
    previous.kind === 'word' && catalogue.resolve(previous.text).length > 0 && !isValue(past);
  if (afterField && !typing) {
    return answer(operators.map((sign) => ({ text: sign, kind: 'operator', detail: words[sign]! })));
  }
  return answer(between.map((word) => ({ text: word, kind: 'word', detail: '' })));
}

/** The text with a completion put in, and where the caret goes. */
export function applyCompletion(
  text: string,
  { start, end }: Place,
  completion: Completion,
): { text: string; caret: number } {
  const rest = text.slice(end).replace(/^\s+/, '');
  const inserted = `${text.slice(0, start)}${completion.text} `;
  return { text: inserted + rest, caret: inserted.length };
}

/** A number as the table shows it, where that is not how it is written. */
function inWords(field: string, value: FieldValue): string {
  if (typeof value !== 'number') return '';
  const text = formatValue(field, value);
  return text === formatQueryValue(value) ? '' : text;
}

type Tokens = ReturnType<typeof tokenise>;

/** A quotation mark that is still open belongs to the value being typed. */
function tokensOf(text: string): Tokens {
  try {
    return tokenise(text).slice(0, -1);
  } catch {
    const open = text.lastIndexOf('"');
    if (open < 0) return [];
    const typed = { kind: 'string' as const, text: text.slice(open + 1), start: open, end: text.length };
    return [...tokensOf(text.slice(0, open)), typed];
  }
}

/** The field whose value comes next; null where no value does. */
function fieldOfValue(tokens: Tokens): string | null {
  const last = tokens.at(-1);
  if (last?.kind === 'operator') return tokens.at(-2)?.text ?? null;
  if (last?.kind !== '(' && last?.kind !== ',') return null;
  for (let at = tokens.length - 1; at > 0; at--) {
    const { kind, text } = tokens[at]!;
    if (kind === '(') {
      const word = tokens[at - 1]!;
      return word.text.toLowerCase() === 'in' ? (tokens[at - 2]?.text ?? null) : null;
    }
    if (kind === ')' || (kind === 'operator' && text !== '')) return null;
  }
  return null;
}

/** Whether the last token is the value of a comparison. */
function isValue(tokens: Tokens): boolean {
  return tokens.at(-2)?.kind === 'operator';
}

/** What begins with the typed text, then what has a part that begins with it, then what holds it anywhere. */
function ranked(options: readonly Completion[], partial: string): Completion[] {
  if (partial === '') return [...options];
  const rank = ({ text, detail }: Completion): number => {
    const lower = text.toLowerCase().replace(/^"/, '');
    if (lower.startsWith(partial)) return 0;
    if (lower.split('.').some((part) => part.startsWith(partial))) return 1;
    return lower.includes(partial) || detail.toLowerCase().startsWith(partial) ? 2 : 3;
  };
  return options
    .map((option) => ({ option, order: rank(option) }))
    .filter(({ order }) => order < 3)
    .sort((a, b) => a.order - b.order)
    .map(({ option }) => option);
}
