import { expect, it } from 'vitest';
import { attentionProblems, checkChoices } from './soundRun.ts';

const layout = { count: 4, groups: 2, switchesOff: true, chosenPerGroup: 1 };
/** Two tokens of types 0 and 1; each chooses one expert of the two in each group. */
const sound = Float32Array.of(0.6, 0, 0, 0.9, 0, 0.5, 0.2, 0);
const table_VE = Float32Array.of(1, 0, 1, 1, 0, 1, 1, 0);
const inputs = Int32Array.of(0, 1);

it('passes what is sound, and counts the experts that a token runs', () => {
  expect(checkChoices(layout, sound, [table_VE], inputs)).toEqual({ problems: [], chosen: 2 });
});

it('finds a choice too many, a choice outside the table, and what is not a number', () => {
  const more = Float32Array.from(sound);
  more[2] = 0.1;
  expect(checkChoices(layout, more, [table_VE], inputs).problems).toEqual([
    '1 tokens do not choose 1 experts.',
  ]);
  const leaking = Float32Array.of(0, 0.6, 0, 0.9, 0, 0.5, 0.2, 0);
  expect(checkChoices(layout, leaking, [table_VE], inputs).problems).toEqual([
    '1 choices lie outside the routing table.',
  ]);
  const broken = Float32Array.from(sound);
  broken[0] = Number.NaN;
  expect(checkChoices(layout, broken, [table_VE], inputs).problems).toEqual(['a gate is not finite.']);
});

it('finds attention to a later key, and rows that are no shares', () => {
  const map = (...values: number[]) => ({
    layer: 3,
    taps: { 'attention.map': { shape: [1, 1, 2, 2], values: Float32Array.from(values) } },
  });
  expect(attentionProblems(map(1, 0, 0.25, 0.75))).toEqual([]);
  expect(attentionProblems(map(0.5, 0.5, 0.25, 0.75))).toEqual([
    'Layer 3: a query attends 0.5 to a later key.',
  ]);
  expect(attentionProblems(map(1, 0, 0.25, 0.5))[0]).toContain(
    'a row of the attention map sums to 1 +- 0.25',
  );
});
