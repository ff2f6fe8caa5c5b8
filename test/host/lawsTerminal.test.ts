/** `fit`, `select` and `study` through the real command: names of fields, errors that name row and column, exit codes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asked, type Command, finegrain, refused, startCommand } from './command.ts';
import { speeches, tinyDocument } from './tinyRun.ts';

/** Forty checkpoints of a real run (State of the Union, 0.3 M parameters, cosine): its first 16 positions, two sets. */
const table = join(import.meta.dirname, '..', 'fixtures', 'losses-of-a-run.csv');
const rows = readFileSync(table, 'utf8').trim().split('\n');

let folder: string;
const started: Command[] = [];
const keys = (value: unknown): string[] => Object.keys(value as object);
const write = (name: string, lines: readonly string[]): string => {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
};
const stepOf = (row: string): number => Number(row.split(',')[0]);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'finegrain-laws-'));
});
afterAll(() => {
  for (const command of started) command.process.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

describe('fit FILE.csv', () => {
  it('predicts the end from a prefix, beside the baselines, and says what it found', async () => {
    const fitted = await asked('fit', table, '--until-step', '400', '--predict-step', '1000');
    for (const key of ['parameters', 'forms', 'separation', 'predicted', 'interval', 'observed', 'r2']) {
      expect(keys(fitted)).toContain(key);
    }
    expect(fitted).toMatchObject({ set: 'validation', untilStep: 400, predictStep: 1000, r2Over: 'later' });
    expect(fitted.observed).toBeCloseTo(1.672, 3);
    // What this law gives on these rows; a worse fit would be a change of the law.
    expect(Math.abs((fitted.predicted as number) / (fitted.observed as number) - 1)).toBeLessThan(0.03);
    const [low, high] = fitted.interval as [number, number];
    expect(low).toBeLessThan(fitted.predicted as number);
    expect(high).toBeGreaterThan(fitted.predicted as number);
    const methods = (fitted.baselines as { method: string; predicted: number }[]).map(({ method }) => method);
    expect(methods).toEqual(expect.arrayContaining(['power', 'lastValue', 'linearLog', 'multiPower']));
  });

  it('reads nothing behind the prefix, and the rates of all rows', async () => {
    const spoilt = rows.map((row, at) => {
      if (at === 0 || stepOf(row) <= 400) return row;
      return [...row.split(',').slice(0, 4), ...Array.from({ length: 16 }, () => '9.5')].join(',');
    });
    const options = ['--until-step', '400', '--predict-step', '1000', '--seed', '7'];
    const [honest, other] = [
      await asked('fit', table, ...options),
      await asked('fit', write('spoilt.csv', spoilt), ...options),
    ];
    const { predicted, interval, parameters, forms } = honest;
    expect(other).toMatchObject({ predicted, interval, parameters, forms });
    expect(other.observed).toBeCloseTo(9.5, 10);
  });

  it('takes another split, forms by name, and a schedule where rows end early', async () => {
    const split = await asked(
      'fit',
      table,
      '--split',
      'moby-dick',
      '--until-step',
      '500',
      '--resamples',
      '0',
    );
    expect(split).toMatchObject({ set: 'moby-dick', interval: null, predictStep: 1000 });
    const short = write('short.csv', [rows[0]!, ...rows.slice(1).filter((row) => stepOf(row) <= 500)]);
    const guessed = await asked('fit', short, '--predict-step', '1000', '--resamples', '0');
    expect(guessed.assumption).toMatch(/they lie on a cosine that ends at the step predicted/);
    const chosen = ['--form-a0', 'logShifted', '--form-a1', 'hyperbolic', '--form-a2', 'logPlusSchedule'];
    const stated = await asked(
      ...['fit', short, '--predict-step', '1000', '--schedule', 'cosine', '--resamples', '0', ...chosen],
    );
    expect(stated).toMatchObject({
      assumption: null,
      observed: null,
      forms: { a0: 'logShifted', a1: 'hyperbolic', a2: 'logPlusSchedule' },
    });
    const target = ['--target', 'validation:3', 'moby-dick:1', '--until-step', '400', '--resamples', '0'];
    const mean = await asked('fit', table, ...target);
    expect(mean.set).toBe('validation + moby-dick');
    const [own, other] = [
      await asked('fit', table, '--until-step', '400', '--resamples', '0'),
      await asked('fit', table, '--split', 'moby-dick', '--until-step', '400', '--resamples', '0'),
    ];
    expect(mean.observed).toBeCloseTo(
      0.75 * (own.observed as number) + 0.25 * (other.observed as number),
      10,
    );
  });

  it('names what is wrong with a file or a request', async () => {
    const broken = write('broken.csv', [
      ...rows.slice(0, 4),
      rows[4]!.replace(/,[^,]*$/, ',much'),
      ...rows.slice(5),
    ]);
    const wrong = await refused('fit', broken);
    expect(wrong).toMatchObject({ code: 1, error: { code: 'input.invalid' } });
    expect(wrong.error.message).toBe('broken.csv: row 5, column p16: "much" is not a number of at least 0.');
    expect((await refused('fit', table, '--split', 'nowhere')).error).toMatchObject({
      message: 'losses-of-a-run.csv has no split nowhere.',
      hint: 'Its splits are validation, moby-dick.',
    });
    expect((await refused('fit', join(folder, 'absent.csv'))).error.code).toBe('notFound');
    expect((await refused('fit', table, '--form-a0', 'cubic')).code).toBe(2);
    expect((await refused('fit', table, '--warmup', '3')).code).toBe(2);
    const text = await finegrain('fit', table, '--until-step', '400', '--resamples', '0');
    expect(text.code).toBe(0);
    expect(text.out).toContain('Reconstruction: log / hyperbolic / piecewise-cosine family; equations ours.');
  });
});

describe('select and study', () => {
  let space: string[];
  beforeAll(() => {
    space = ['--workspace', join(folder, 'workspace')];
    writeFileSync(join(folder, 'tiny.json'), JSON.stringify(tinyDocument));
    writeFileSync(join(folder, 'speeches.txt'), speeches());
  });

  it('trains the candidates of a plan, ranks them, trains the best, and reports', async () => {
    await asked(...space, 'data', 'add', join(folder, 'speeches.txt'), '--name', 'speeches');
    const plan = {
      name: 'rates',
      architecture: join(folder, 'tiny.json'),
      configuration: {
        ...{ data: [{ name: 'speeches' }], steps: 24, batch: 4, warmup: 2, device: 'cpu', threads: 1 },
        ...{ evaluateEvery: 0, probeEvery: 0, measure: { points: 16, sequences: 4, maximumShare: 1 } },
      },
      plan: {
        fields: { axes: [{ field: 'learningRate', values: [0.00001, 0.01] }] },
        prefix: 12,
        policy: { kind: 'best', keep: 1 },
      },
    };
    const file = write('plan.json', [JSON.stringify(plan)]);
    const command = startCommand('--json', ...space, 'study', 'start', file);
    started.push(command);
    const { code, errors } = await command.ended;
    expect(errors).toBe('');
    expect(code).toBe(0);
    const lines = command.lines();
    expect(lines[0]).toMatchObject({ type: 'study', prefix: 12, steps: 24 });
    const runs = lines[0]!.runs as string[];
    const ranked = lines.find((line) => line.type === 'ranking')!;
    expect(ranked).toMatchObject({ step: 12, continued: [runs[1]], stopped: [runs[0]] });
    const { report, ...done } = lines.at(-1) as { report: Record<string, unknown> };
    expect(done).toMatchObject({ type: 'done', study: lines[0]!.study, state: 'done', reason: null });
    expect(report).toMatchObject({ known: 1, of: 2, chosen: { pick: runs[1], regret: null } });

    const { studies } = (await asked(...space, 'study', 'list')) as { studies: Record<string, unknown>[] };
    expect(studies).toHaveLength(1);
    const shown = await asked(...space, 'study', 'show', 'rates');
    expect(shown).toMatchObject({ study: lines[0]!.study, state: 'done', steps: 24 });

    const selected = await asked(...space, 'select', ...runs, '--at-step', '12', '--final-step', '24');
    const ranking = selected.ranking as Record<string, unknown>[];
    expect(ranking.map(({ run }) => run)).toEqual([runs[1], runs[0]]);
    expect(keys(ranking[0]).slice(0, 3)).toEqual(['run', 'predicted', 'interval']);
    expect(ranking[0]!.observed).toBeCloseTo(
      (studies[0] as { candidates: { final: number }[] }).candidates[1]!.final,
      10,
    );
    const fitted = await asked(...space, 'fit', runs[1]!, '--until-step', '12', '--resamples', '0');
    expect(fitted).toMatchObject({ predictStep: 24, set: 'validation' });
    expect(fitted.predicted).toBeCloseTo(ranking[0]!.predicted as number, 10);
  });

  it('refuses a plan with its field, and a run that was not measured so', async () => {
    const file = write('wrong.json', [
      JSON.stringify({ architecture: 'dense-0.3m', configuration: {}, plan: {} }),
    ]);
    expect((await refused(...space, 'study', 'start', file)).error).toMatchObject({ code: 'input.invalid' });
    expect((await refused(...space, 'study', 'show', 'nothing')).error.code).toBe('notFound');
    const [row] = (
      (await asked(...space, 'study', 'list')) as { studies: { candidates: { run: string }[] }[] }
    ).studies;
    const run = row!.candidates[1]!.run;
    expect((await refused(...space, 'fit', run, '--split', 'elsewhere')).error.message).toBe(
      `Run ${run} was not measured on elsewhere; it was on validation.`,
    );
    expect((await refused(...space, 'fit', run, '--schedule', 'cosine')).code).toBe(2);
    expect((await refused(...space, 'study', 'continue', row!.candidates[0]!.run)).code).toBe(1);
  });
});
