import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FieldCatalogue, type RunRecord, valuesOf } from '../../shared/run/records.ts';
import {
  formatQuery,
  matches,
  type Operator,
  operators,
  parseQuery,
  type Query,
  type QueryValue,
  unknownField,
} from './runQuery.ts';
import { testRecord } from './testRuns.ts';

const records: readonly RunRecord[] = [
  testRecord(
    { run: 'ra', name: 'alpha', loss: 3.2, methods: ['finedeep'], tags: ['paper'] },
    { 'ffn.kind': ['finedeep'], 'ffn.tau': [0.2], learningRate: [0.001], tieEmbeddings: [true] },
  ),
  testRecord(
    { run: 'rb', name: 'beta and gamma', loss: 4.5, state: 'failed', validationLoss: null },
    { 'ffn.kind': ['dense', 'dsmoe'], learningRate: [0.003], tieEmbeddings: [false] },
  ),
  testRecord(
    {
      run: 'rc',
      name: 'delta',
      loss: null,
      parameters: 2_000_000,
      notes: 'odd',
      parent: { run: 'ra', step: 4 },
    },
    { 'ffn.kind': ['dense'], learningRate: [0.01] },
  ),
];
const catalogue = new FieldCatalogue(records);

function found(text: string): string[] {
  const parsed = parseQuery(text);
  if ('problem' in parsed) throw new Error(parsed.problem.message);
  return records.filter((record) => matches(parsed.query, record, catalogue)).map(({ run }) => run.run);
}
function problem(text: string) {
  const parsed = parseQuery(text);
  if (!('problem' in parsed)) throw new Error(`“${text}” is a query`);
  return parsed.problem;
}

describe('a query', () => {
  it.each<[string, string[]]>([
    ['', ['ra', 'rb', 'rc']],
    ['loss < 4 and ffn.kind = finedeep and tag = "paper"', ['ra']],
    ['loss >= 4.5', ['rb']],
    ['loss = unknown', ['rc']],
    ['validationLoss != unknown', ['ra', 'rc']],
    ['ffn.kind = dense', ['rb', 'rc']],
    ['ffn.kind != dense', ['ra']],
    ['not ffn.kind = dense', ['ra']],
    ['kind = DENSE', ['rb', 'rc']],
    ['blocks.ffn.tau > 0.1', ['ra']],
    ['parameters > 1M', ['rc']],
    ['learningRate in (0.001, 1e-2)', ['ra', 'rc']],
    ['tieEmbeddings = yes', ['ra']],
    ['name ~ gam', ['rb']],
    ['name = "beta and gamma"', ['rb']],
    ['state = failed or notes ~ odd', ['rb', 'rc']],
    ['loss < 4 or loss > 4 and state = failed', ['ra', 'rb']],
    ['(loss < 4 or loss > 4) and state = failed', ['rb']],
    ['fork = ra', ['rc']],
    ['tag = "paper" loss < 4', ['ra']],
    ['alpha', ['ra']],
    ['finished dense', ['rc']],
    ['paper', ['ra']],
    ['method = dense', ['rb', 'rc']],
    ['learningRate < name', []],
  ])('%s', (text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  it('names the place of what is wrong', () => {
    expect(problem('loss <')).toEqual({ message: 'A value is missing after “<”.', start: 6, end: 6 });
    expect(problem('loss < 4 and')).toMatchObject({ message: 'A condition is missing here.', start: 12 });
    expect(problem('(loss < 4')).toEqual({ message: 'This bracket is never closed.', start: 0, end: 1 });
    expect(problem('loss < 4)')).toMatchObject({ message: 'This bracket was never opened.', start: 8 });
    expect(problem('name = "open')).toMatchObject({ start: 7, end: 12 });
    expect(problem('< 4')).toMatchObject({ message: 'Write a field before “<”.', start: 0 });
    expect(problem('loss ! 4')).toMatchObject({ start: 5, end: 6 });
    expect(problem('loss in 4')).toMatchObject({ start: 8, end: 9 });
    expect(problem('loss < unknown')).toMatchObject({ start: 7, end: 14 });
    expect(problem('or loss < 4')).toMatchObject({
      message: 'A condition is missing before “or”.',
      start: 0,
    });
    expect(problem('('.repeat(5000)).message).toBe('This is nested too deep.');
  });

  it('says which field no run has, and which may be meant', () => {
    const parsed = parseQuery('loss < 4 and lerningRate = 1');
    if ('problem' in parsed) throw new Error(parsed.problem.message);
    expect(unknownField(parsed.query, catalogue)).toEqual({
      message: 'No run has a field lerningRate. Did you mean learningRate?',
      start: 13,
      end: 24,
    });
    const fine = parseQuery('loss < 4 and kind = dense or alpha');
    if ('problem' in fine) throw new Error(fine.problem.message);
    expect(unknownField(fine.query, catalogue)).toBeNull();
  });
});

const text = fc.oneof(
  fc.constantFrom(
    'and',
    'or',
    'not',
    'in',
    'unknown',
    'true',
    '1e3',
    '4k',
    'a b',
    'say "hi"',
    'x\\y',
    'moby-dick',
    '(',
  ),
  fc.string({ minLength: 1 }),
);
const value: fc.Arbitrary<QueryValue> = fc.oneof(
  text,
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
  fc.boolean(),
  fc.constant(null),
);
const at = { start: 0, end: 0 };
const comparison: fc.Arbitrary<Query> = fc
  .tuple(text, fc.constantFrom<Operator>(...operators, 'in'), fc.array(value, { minLength: 1, maxLength: 3 }))
  .map(([field, operator, values]) => {
    const some = operator === 'in' ? values : values.slice(0, 1);
    const fitting =
      operator === '=' || operator === '!=' || operator === 'in' ? some : some.map((one) => one ?? 0);
    return { type: 'compare', field, operator, values: fitting, at };
  });
const { query } = fc.letrec<{ query: Query }>((tie) => ({
  query: fc.oneof(
    { depthSize: 'small' },
    comparison,
    text.map((word): Query => ({ type: 'word', text: word })),
    tie('query').map((part): Query => ({ type: 'not', part })),
    fc
      .tuple(
        fc.constantFrom('and' as const, 'or' as const),
        fc.array(tie('query'), { minLength: 2, maxLength: 3 }),
      )
      .map(([type, parts]): Query => ({ type, parts })),
  ),
}));

/** Places differ between a query and its text read again. */
const withoutPlaces = (node: Query): unknown =>
  JSON.parse(JSON.stringify(node, (key, item) => (key === 'at' ? undefined : item)));

describe('any query', () => {
  it('reads back from its own text as itself', () => {
    fc.assert(
      fc.property(query, (node) => {
        const parsed = parseQuery(formatQuery(node));
        expect('query' in parsed ? withoutPlaces(parsed.query) : parsed.problem).toEqual(withoutPlaces(node));
      }),
    );
  });

  it('finds what a plain reading of it finds', () => {
    const field = fc.constantFrom('loss', 'ffn.kind', 'learningRate', 'tag', 'name', 'tieEmbeddings');
    const simple = fc.constantFrom<QueryValue>(3.2, 4.5, 0.003, 'dense', 'paper', 'alpha', true, null);
    fc.assert(
      fc.property(
        field,
        fc.constantFrom('=', '!=', '<', '>='),
        simple,
        fc.boolean(),
        (name, operator, wanted, negated) => {
          fc.pre(wanted !== null || operator === '=' || operator === '!=');
          const compare: Query = {
            type: 'compare',
            field: name,
            operator: operator as Operator,
            values: [wanted],
            at,
          };
          const node: Query = negated ? { type: 'not', part: compare } : compare;
          for (const record of records) {
            const values = valuesOf(record, name);
            const same = wanted === null ? values.length === 0 : values.some((one) => one === wanted);
            const order = values.some(
              (one) =>
                typeof one === typeof wanted &&
                typeof one !== 'boolean' &&
                (operator === '<' ? one < wanted! : one >= wanted!),
            );
            const expected = operator === '=' ? same : operator === '!=' ? !same : order;
            expect(matches(node, record, catalogue)).toBe(negated ? !expected : expected);
          }
        },
      ),
    );
  });

  it('or any other text is a query or a problem at a place inside the text', () => {
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom('loss', '<', '=', '!', '(', ')', ',', '"', 'and', 'or', 'not', 'in', '4', ' ', '~'),
        fc.string(),
      ),
    );
    fc.assert(
      fc.property(pieces, fc.constantFrom('', ' '), (parts, between) => {
        const written = parts.join(between);
        const parsed = parseQuery(written);
        if (!('problem' in parsed)) return;
        const { start, end, message } = parsed.problem;
        expect(message).not.toBe('');
        expect(start).toBeGreaterThanOrEqual(0);
        expect(end).toBeGreaterThanOrEqual(start);
        expect(end).toBeLessThanOrEqual(written.length);
      }),
    );
  });
});
