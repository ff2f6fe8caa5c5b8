import { describe, expect, it } from 'vitest';
import { FinegrainError } from '../errors.ts';
import { readLossTable } from './lossTable.ts';

const header = 'step,tokens,learningRate,split,p1,p2';
const read = (...rows: string[]) => readLossTable([header, ...rows].join('\n'), 'losses.csv');

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof FinegrainError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a table of losses by position', () => {
  it('is read by split, in order of steps, with one plan of the learning rate', () => {
    const table = read('20,2000,0.5,train,2,1', '10,1000,1,validation,3,2', '20,2000,0.5,"a, b",4,3', '');
    expect(table.splits.map(({ split }) => split)).toEqual(['train', 'validation', 'a, b']);
    expect(table.splits[1]!.points).toEqual([{ step: 10, tokens: 1000, learningRate: 1, loss: [3, 2] }]);
    expect(table.rates.map(({ step, learningRate }) => [step, learningRate])).toEqual([
      [10, 1],
      [20, 0.5],
    ]);
    expect(readLossTable(`\uFEFF${header}\r\n1,5,1,v,1,1\r\n`, 'x').splits[0]!.points).toHaveLength(1);
  });

  it.each([
    [['10,1000,1,v,3,x'], 'losses.csv: row 2, column p2: "x" is not a number of at least 0.'],
    [['', '10,1000,1,v,3,'], 'losses.csv: row 3, column p2: "" is not a number of at least 0.'],
    [['10,1000,1,v,-3,1'], 'losses.csv: row 2, column p1: "-3" is not a number of at least 0.'],
    [['1.5,1000,1,v,3,1'], 'losses.csv: row 2, column step: "1.5" is not a whole number of at least 0.'],
    [['10,1000,1,v,3'], 'losses.csv: row 2 has 5 fields, the header has 6.'],
    [['10,1000,1, ,3,1'], 'losses.csv: row 2, column split: it is empty.'],
    [
      ['1,5,1,v,3,1', '1,5,1,v,3,1'],
      'losses.csv: row 3, column step: step 1 of split v stands in the table already.',
    ],
    [
      ['1,5,1,v,3,1', '1,6,1,w,3,1'],
      'losses.csv: row 3, column tokens: 6 at step 1, where another split has 5.',
    ],
    [
      ['1,5,1,v,3,1', '2,5,1,v,3,1'],
      'losses.csv: column tokens: 5 at step 2 are no more than at the step before it.',
    ],
    [[], 'losses.csv: there are no rows under the header.'],
  ])('names row and column of what is wrong: %j', (rows, message) => {
    expect(refusal(() => read(...rows))).toBe(message);
  });

  it.each([
    ['', 'losses.csv: the file is empty.'],
    ['step,tokens,rate,split,p1', 'losses.csv: row 1: column 3 is "rate" instead of learningRate.'],
    ['step,tokens,learningRate,split', 'losses.csv: row 1: there is no column p1.'],
    ['step,tokens,learningRate,split,p1,p3', 'losses.csv: row 1: column 6 is "p3" instead of p2.'],
  ])('names the column of a header that is wrong: %j', (text, message) => {
    expect(refusal(() => readLossTable(text, 'losses.csv'))).toBe(message);
  });
});
