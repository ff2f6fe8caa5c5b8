import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FieldCatalogue } from '../../shared/run/records.ts';
import { parseQuery, unknownField } from './runQuery.ts';
import { applyCompletion, completeQuery } from './runQueryCompletion.ts';
import { testRecord } from './testRuns.ts';

const catalogue = new FieldCatalogue([
  testRecord(
    { tags: ['paper', 'first try'] },
    { 'ffn.kind': ['finedeep'], 'ffn.tau': [0.2], learningRate: [0.001] },
  ),
  testRecord({ state: 'failed' }, { 'ffn.kind': ['dense'], learningRate: [0.003] }),
]);
const offered = (text: string, caret = text.length) =>
  completeQuery(text, caret, catalogue).options.map((option) => option.text);

describe('completion', () => {
  it('offers fields where a condition begins, the nearest first', () => {
    expect(offered('')[0]).toBe('name');
    expect(offered('lo')).toContain('loss');
    expect(offered('lo')[0]).toBe('loss');
    expect(offered('loss < 4 and tau')[0]).toBe('ffn.tau');
    expect(offered('(kin')[0]).toBe('ffn.kind');
  });

  it('offers operators after a field, values after an operator, words after a value', () => {
    expect(offered('loss ')).toEqual(['=', '!=', '<', '<=', '>', '>=', '~']);
    expect(offered('ffn.kind = ')).toEqual(['dense', 'finedeep', 'unknown']);
    expect(offered('ffn.kind = f')[0]).toBe('finedeep');
    expect(offered('tag = "fi')).toEqual(['"first try"']);
    expect(offered('tag in (paper, ')).toContain('"first try"');
    expect(offered('loss < 4 ')).toEqual(['and', 'or']);
    expect(offered('loss < 4 o')).toEqual(['or']);
  });

  it('puts the choice in place of what was typed, before what follows', () => {
    const text = 'loss < 4 and ki = dense';
    const completions = completeQuery(text, 15, catalogue);
    const kind = completions.options.find((option) => option.text === 'ffn.kind')!;
    expect(applyCompletion(text, completions, kind)).toEqual({
      text: 'loss < 4 and ffn.kind = dense',
      caret: 22,
    });
  });

  it('never leads to a query that cannot be read, one choice after another', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(11), { minLength: 3, maxLength: 12 }), (choices) => {
        let text = '';
        for (const choice of choices) {
          const completions = completeQuery(text, text.length, catalogue);
          if (completions.options.length === 0) break;
          text = applyCompletion(
            text,
            completions,
            completions.options[choice % completions.options.length]!,
          ).text;
        }
        const finished = parseQuery(text);
        // What is still open lacks something at its end, nowhere else.
        if ('problem' in finished) {
          expect(finished.problem.message).toMatch(/missing/);
          expect(finished.problem.start).toBe(text.length);
        } else expect(unknownField(finished.query, catalogue)).toBeNull();
      }),
    );
  });
});
