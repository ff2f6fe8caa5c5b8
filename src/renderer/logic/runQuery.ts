/**
 * The typed query of the run table: `loss < 4 and ffn.kind = finedeep and tag = "paper"`.
 *
 *   query      = or ;  or = and { "or" and } ;  and = not { ["and"] not } ;  not = "not" not | "(" query ")" | term
 *   term       = field ( "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" ) value | field "in" "(" value {"," value} ")" | word
 *
 * `=` holds where any value of the field is equal, `!=` where none is; `~` finds a part of a text; `unknown` is a field
 * without a value. A word alone is looked for in name, id, state, method, device, tag and sweep. Case does not matter.
 */
import type { FieldValue } from '../../shared/run/fields.ts';
import { type FieldCatalogue, type RunRecord, valuesOf } from '../../shared/run/records.ts';

export const operators = ['=', '!=', '<', '<=', '>', '>=', '~'] as const;
export type Operator = (typeof operators)[number] | 'in';
/** null: `unknown`. */
export type QueryValue = FieldValue | null;

export type Query =
  | { readonly type: 'and' | 'or'; readonly parts: readonly Query[] }
  | { readonly type: 'not'; readonly part: Query }
  | {
      readonly type: 'compare';
      readonly field: string;
      readonly operator: Operator;
      readonly values: readonly QueryValue[];
      readonly at: Place;
    }
  | { readonly type: 'word'; readonly text: string };

/** Where something stands in the text. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

export interface QueryProblem extends Place {
  readonly message: string;
}

export type ParsedQuery = { readonly query: Query } | { readonly problem: QueryProblem };

interface Token extends Place {
  readonly kind: 'word' | 'string' | 'operator' | '(' | ')' | ',' | 'end';
  readonly text: string;
}

class Refused extends Error {
  readonly problem: QueryProblem;
  constructor(message: string, { start, end }: Place) {
    super(message);
    this.problem = { message, start, end };
  }
}

/** Every run matches an empty query. */
export const everything: Query = { type: 'and', parts: [] };

/** Nested deeper than this, brackets are a mistake, and would exhaust the stack. */
const deepest = 100;

export function parseQuery(text: string): ParsedQuery {
  try {
    const parser = new Parser(tokenise(text));
    return { query: parser.whole() };
  } catch (error) {
    if (error instanceof Refused) return { problem: error.problem };
    throw error;
  }
}

/** The first field of the query that no run has, as a problem that says what may have been meant; null: none. */
export function unknownField(query: Query, catalogue: FieldCatalogue): QueryProblem | null {
  if (query.type === 'word') return null;
  if (query.type === 'not') return unknownField(query.part, catalogue);
  if (query.type !== 'compare') {
    for (const part of query.parts) {
      const problem = unknownField(part, catalogue);
      if (problem !== null) return problem;
    }
    return null;
  }
  if (catalogue.resolve(query.field).length > 0) return null;
  const near = nearest(query.field, catalogue.names);
  const meant = near === null ? '' : ` Did you mean ${near}?`;
  return { message: `No run has a field ${query.field}.${meant}`, ...query.at };
}

export function matches(query: Query, record: RunRecord, catalogue: FieldCatalogue): boolean {
  switch (query.type) {
    case 'and':
      return query.parts.every((part) => matches(part, record, catalogue));
    case 'or':
      return query.parts.some((part) => matches(part, record, catalogue));
    case 'not':
      return !matches(query.part, record, catalogue);
    case 'word':
      return textOf(record).includes(query.text.toLowerCase());
    case 'compare': {
      const values = catalogue.resolve(query.field).flatMap((field) => valuesOf(record, field));
      return holds(query.operator, values, query.values);
    }
  }
}

/** The query as text that reads back as the same query. */
export function formatQuery(query: Query): string {
  switch (query.type) {
    case 'word':
      return quoted(query.text, true);
    case 'compare':
      return query.operator === 'in'
        ? `${quoted(query.field, true)} in (${query.values.map(formatQueryValue).join(', ')})`
        : `${quoted(query.field, true)} ${query.operator} ${formatQueryValue(query.values[0]!)}`;
    case 'not':
      return `not ${bracketed(query.part)}`;
    default:
      return query.parts.map(bracketed).join(` ${query.type} `);
  }
}

const bracketed = (query: Query): string =>
  query.type === 'and' || query.type === 'or' ? `(${formatQuery(query)})` : formatQuery(query);

/** A value as it is written in a query. */
export function formatQueryValue(value: QueryValue): string {
  if (value === null) return 'unknown';
  return typeof value === 'string' ? quoted(value, false) : String(value);
}

const keywords = ['and', 'or', 'not', 'in', 'unknown'];
const plainWord = /^[^\s()=!<>~,"]+$/;

/** Quotes where a bare word would read as something else. */
function quoted(text: string, asWord: boolean): string {
  const misread = keywords.includes(text.toLowerCase()) || (!asWord && typeof readValue(text) !== 'string');
  return plainWord.test(text) && !misread ? text : `"${text.replace(/[\\"]/g, (sign) => `\\${sign}`)}"`;
}

function holds(operator: Operator, found: readonly FieldValue[], wanted: readonly QueryValue[]): boolean {
  const any = (test: (value: FieldValue, other: QueryValue) => boolean) =>
    wanted.some((other) => (other === null ? found.length === 0 : found.some((value) => test(value, other))));
  switch (operator) {
    case '=':
    case 'in':
      return any(equal);
    case '!=':
      return !any(equal);
    case '~':
      return any((value, other) => String(value).toLowerCase().includes(String(other).toLowerCase()));
    default:
      return wanted.some((other) => found.some((value) => other !== null && inOrder(operator, value, other)));
  }
}

function equal(value: FieldValue, other: QueryValue): boolean {
  return typeof value === 'string' || typeof other === 'string'
    ? String(value).toLowerCase() === String(other).toLowerCase()
    : value === other;
}

function inOrder(operator: '<' | '<=' | '>' | '>=', value: FieldValue, other: FieldValue): boolean {
  if (typeof value !== typeof other || typeof value === 'boolean') return false;
  if (operator === '<') return value < other;
  if (operator === '<=') return value <= other;
  return operator === '>' ? value > other : value >= other;
}

function textOf({ run }: RunRecord): string {
  const { name, state, device, methods, tags, sweep } = run;
  return [name, run.run, state, device ?? '', ...methods, ...tags, sweep?.name ?? '']
    .join('\n')
    .toLowerCase();
}

// Reading.

export function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const add = (kind: Token['kind'], end: number, value = text.slice(at, end)) => {
    tokens.push({ kind, text: value, start: at, end });
    at = end;
  };
  while (at < text.length) {
    const sign = text[at]!;
    if (/\s/.test(sign)) at++;
    else if (sign === '(' || sign === ')' || sign === ',') add(sign, at + 1);
    else if (sign === '"') {
      const match = /^"((?:[^"\\]|\\[\s\S])*)"/.exec(text.slice(at));
      if (match === null) {
        throw new Refused('This text has no closing quotation mark.', { start: at, end: text.length });
      }
      add('string', at + match[0].length, match[1]!.replace(/\\([\s\S])/g, '$1'));
    } else if (/[=!<>~]/.test(sign)) {
      const match = /^(==|=|!=|<>|<=|>=|<|>|~)/.exec(text.slice(at, at + 2));
      if (match === null)
        throw new Refused('“!” alone means nothing; write != or not.', { start: at, end: at + 1 });
      add('operator', at + match[0].length);
    } else add('word', at + /^[^\s()=!<>~,"]+/.exec(text.slice(at))![0].length);
  }
  add('end', text.length, '');
  return tokens;
}

/** What a bare word means as a value: a number (with k, M, G), yes or no, unknown, else the text. */
export function readValue(text: string): QueryValue {
  const lower = text.toLowerCase();
  if (lower === 'unknown') return null;
  if (lower === 'true' || lower === 'yes') return true;
  if (lower === 'false' || lower === 'no') return false;
  const match = /^([-+−]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(k|M|G)?$/i.exec(text);
  if (match === null) return text;
  const factor = { k: 1e3, m: 1e6, g: 1e9 }[match[2]?.toLowerCase() ?? ''] ?? 1;
  const value = Number(match[1]!.replace('−', '-')) * factor;
  return Number.isFinite(value) ? value : text;
}

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;
  private depth = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  whole(): Query {
    if (this.next().kind === 'end') return everything;
    const query = this.or();
    const rest = this.next();
    if (rest.kind === 'end') return query;
    throw new Refused(
      rest.kind === ')' ? 'This bracket was never opened.' : `“${rest.text}” is not expected here.`,
      rest,
    );
  }

  /** A method, not a property: each call may see another token. */
  private next(): Token {
    return this.tokens[Math.min(this.at, this.tokens.length - 1)]!;
  }

  private isKeyword(word: string): boolean {
    return this.next().kind === 'word' && this.next().text.toLowerCase() === word;
  }

  private or(): Query {
    const parts = [this.and()];
    while (this.isKeyword('or')) {
      this.at++;
      parts.push(this.and());
    }
    return parts.length === 1 ? parts[0]! : { type: 'or', parts };
  }

  private and(): Query {
    const parts = [this.not()];
    for (;;) {
      if (this.isKeyword('and')) this.at++;
      else if (this.isKeyword('or') || !['word', 'string', '('].includes(this.next().kind)) break;
      parts.push(this.not());
    }
    return parts.length === 1 ? parts[0]! : { type: 'and', parts };
  }

  private not(): Query {
    const token = this.next();
    if (++this.depth > deepest) throw new Refused('This is nested too deep.', token);
    try {
      if (this.isKeyword('not')) {
        this.at++;
        return { type: 'not', part: this.not() };
      }
      if (token.kind !== '(') return this.term();
      this.at++;
      const inner = this.or();
      if (this.next().kind !== ')') throw new Refused('This bracket is never closed.', token);
      this.at++;
      return inner;
    } finally {
      this.depth--;
    }
  }

  private term(): Query {
    const token = this.next();
    if (token.kind === 'end') throw new Refused('A condition is missing here.', token);
    if (token.kind !== 'word' && token.kind !== 'string') {
      throw new Refused(
        token.kind === 'operator'
          ? `Write a field before “${token.text}”.`
          : `A condition is missing before “${token.text}”.`,
        token,
      );
    }
    if (this.isKeyword('and') || this.isKeyword('or')) {
      throw new Refused(`A condition is missing before “${token.text}”.`, token);
    }
    this.at++;
    const at = { start: token.start, end: token.end };
    if (this.next().kind === 'operator') {
      const written = this.next().text;
      this.at++;
      const operator = (written === '==' ? '=' : written === '<>' ? '!=' : written) as Operator;
      const value = this.value(written);
      if (value === null && !['=', '!='].includes(operator)) {
        throw new Refused(`unknown can only be compared with = and !=.`, this.tokens[this.at - 1]!);
      }
      return { type: 'compare', field: token.text, operator, values: [value], at };
    }
    if (!this.isKeyword('in')) return { type: 'word', text: token.text };
    this.at++;
    if (this.next().kind !== '(')
      throw new Refused('Write values in brackets after “in”: in (1, 2).', this.next());
    const open = this.next();
    const values: QueryValue[] = [];
    do {
      this.at++;
      values.push(this.value(values.length === 0 ? '(' : ','));
    } while (this.next().kind === ',');
    if (this.next().kind !== ')') throw new Refused('This bracket is never closed.', open);
    this.at++;
    return { type: 'compare', field: token.text, operator: 'in', values, at };
  }

  private value(after: string): QueryValue {
    const token = this.next();
    if (token.kind !== 'word' && token.kind !== 'string') {
      throw new Refused(`A value is missing after “${after}”.`, token);
    }
    this.at++;
    return token.kind === 'string' ? token.text : readValue(token.text);
  }
}

/** The name with the fewest changed letters, if those are few. */
function nearest(name: string, names: readonly string[]): string | null {
  const lower = name.toLowerCase();
  let best: string | null = null;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of names) {
    for (const form of [candidate, candidate.slice(candidate.lastIndexOf('.') + 1)]) {
      const distance = changedLetters(lower, form.toLowerCase());
      if (distance < least) [best, least] = [candidate, distance];
    }
  }
  return best;
}

/** Levenshtein's distance. */
function changedLetters(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const replaced = row[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[right.length]!;
}
