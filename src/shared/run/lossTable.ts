/**
 * Tables of losses by position from elsewhere, as CSV: `step,tokens,learningRate,split,p1,...,pT`, one row for each
 * checkpoint and split, p_i the mean loss in nats per token at position i.
 */
import { FinegrainError } from '../errors.ts';
import type { TrajectoryPoint } from '../laws/types.ts';

export interface LossTable {
  /** In the order in which they first appear; each with its checkpoints in order of steps. */
  readonly splits: readonly { readonly split: string; readonly points: readonly TrajectoryPoint[] }[];
  /** One entry for each step of any split, in order of steps: the plan of the learning rate. */
  readonly rates: readonly Pick<TrajectoryPoint, 'step' | 'tokens' | 'learningRate'>[];
}

const leading = ['step', 'tokens', 'learningRate', 'split'] as const;

/**
 * Reads a table; `name` is how errors name it. Blank lines are skipped, fields may be quoted. Throws `input.invalid`,
 * naming row (the line of the file, from 1), column, value and way out.
 */
export function readLossTable(text: string, name: string): LossTable {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line, index) => ({ row: index + 1, line }))
    .filter(({ line }) => line.trim() !== '');
  const fail = (message: string, hint: string): FinegrainError =>
    new FinegrainError('input.invalid', `${name}: ${message}.`, hint);
  const [first, ...rest] = lines;
  if (first === undefined) throw fail('the file is empty', `Its first row names the columns: ${header(3)}.`);
  const columns = fieldsOf(first.line);
  checkHeader(columns, first.row, fail);
  if (rest.length === 0)
    throw fail('there are no rows under the header', 'Give one row for each checkpoint.');

  const splits = new Map<string, Map<number, TrajectoryPoint>>();
  const rates = new Map<number, LossTable['rates'][number]>();
  for (const { row, line } of rest) {
    const fields = fieldsOf(line);
    if (fields.length !== columns.length) {
      throw fail(
        `row ${row} has ${fields.length} fields, the header has ${columns.length}`,
        'Every row needs a value in each column.',
      );
    }
    const number = (index: number, least: number, whole = false): number => {
      const written = fields[index]!.trim();
      const value = Number(written);
      const wrong =
        written === '' || !Number.isFinite(value) || value < least || (whole && !Number.isInteger(value));
      if (!wrong) return value;
      throw fail(
        `row ${row}, column ${columns[index]}: ${JSON.stringify(written)} is not a ${whole ? 'whole ' : ''}number of at least ${least}`,
        'Correct the value, or leave the row out.',
      );
    };
    const [step, tokens, learningRate] = [number(0, 0, true), number(1, 0), number(2, 0)];
    const split = fields[3]!.trim();
    if (split === '')
      throw fail(`row ${row}, column split: it is empty`, 'Name the split, such as validation.');
    const loss = columns.slice(leading.length).map((_, at) => number(leading.length + at, 0));
    const points = splits.get(split) ?? new Map<number, TrajectoryPoint>();
    if (points.has(step)) {
      throw fail(
        `row ${row}, column step: step ${step} of split ${split} stands in the table already`,
        'Keep one row for each step and split.',
      );
    }
    const known = rates.get(step);
    if (known !== undefined && known.tokens !== tokens) {
      throw fail(
        `row ${row}, column tokens: ${tokens} at step ${step}, where another split has ${known.tokens}`,
        'A step has one number of training tokens.',
      );
    }
    splits.set(split, points.set(step, { step, tokens, learningRate, loss }));
    rates.set(step, { step, tokens, learningRate });
  }
  const bySteps = <Row extends { readonly step: number; readonly tokens: number }>(
    rows: Iterable<Row>,
  ): Row[] => {
    const sorted = [...rows].sort((a, b) => a.step - b.step);
    const back = sorted.find((row, at) => at > 0 && row.tokens <= sorted[at - 1]!.tokens);
    if (back === undefined) return sorted;
    throw fail(
      `column tokens: ${back.tokens} at step ${back.step} are no more than at the step before it`,
      'Tokens are counted from the start of training and grow with the step.',
    );
  };
  return {
    splits: [...splits].map(([split, points]) => ({ split, points: bySteps(points.values()) })),
    rates: bySteps(rates.values()),
  };
}

function checkHeader(
  columns: readonly string[],
  row: number,
  fail: (message: string, hint: string) => FinegrainError,
): void {
  const hint = `The columns are ${header(3)}.`;
  for (const [at, expected] of leading.entries()) {
    if (columns[at]?.trim() === expected) continue;
    throw fail(
      `row ${row}: column ${at + 1} is ${JSON.stringify(columns[at] ?? '')} instead of ${expected}`,
      hint,
    );
  }
  if (columns.length === leading.length) throw fail(`row ${row}: there is no column p1`, hint);
  for (let at = leading.length; at < columns.length; at++) {
    const expected = `p${at - leading.length + 1}`;
    if (columns[at]!.trim() === expected) continue;
    throw fail(`row ${row}: column ${at + 1} is ${JSON.stringify(columns[at])} instead of ${expected}`, hint);
  }
}

const header = (positions: number): string =>
  [...leading, ...Array.from({ length: positions - 1 }, (_, at) => `p${at + 1}`), '...,pT'].join(',');

/** Fields of a line; a quoted one may hold commas and doubled quotes (RFC 4180, without line breaks in fields). */
function fieldsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  const fields: string[] = [];
  const pattern = /(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g;
  for (const [, quoted, plain] of line.matchAll(pattern)) {
    fields.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
  }
  return fields;
}
