/** The terminal interface through the real command: shapes of its JSON, exit codes, signals, kills, two processes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asked, type Command, finegrain, refused, startCommand } from './command.ts';
import { speeches, tinyDocument } from './tinyRun.ts';

let folder: string;
let space: string;
let architecture: string;
let text: string;
/** A finished run, and its lines. */
let run: string;
let lines: Record<string, unknown>[];

const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const trainArguments = (...more: string[]): string[] => [
  'train',
  ...['--workspace', space, '--arch', architecture, '--data', text, '--device', 'cpu', '--threads', '1'],
  ...['--batch', '8', '--learning-rate', '3e-3', '--seed', '5', '--json', ...more],
];
const started: Command[] = [];
function train(...more: string[]): Command {
  const command = startCommand(...trainArguments(...more));
  started.push(command);
  return command;
}

const stepLosses = (printed: readonly Record<string, unknown>[]) =>
  printed.filter((line) => line.type === 'step').map((line) => [line.step, line.loss]);
const keys = (value: unknown): string[] => Object.keys(value as object);
const at = (step: number) => (line: Record<string, unknown>) =>
  line.type === 'step' && Number(line.step) >= step;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'finegrain-terminal-'));
  space = join(folder, 'workspace');
  architecture = file('tiny.json', JSON.stringify(tinyDocument));
  text = file('speeches.txt', speeches());
});
afterAll(() => {
  // A test that failed half-way may have left its command running.
  for (const command of started) command.process.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

describe('train', () => {
  it('prints its lines, in order, with the stable names', async () => {
    const command = train(
      ...['--steps', '60', '--evaluate-every', '20', '--checkpoint-every', '20', '--probe-every', '20'],
      ...['--warmup', '2', '--name', 'first'],
    );
    const { code, errors } = await command.ended;
    expect(errors).toBe('');
    expect(code).toBe(0);
    lines = command.lines();
    run = String(lines[0]!.run);
    expect(keys(lines[0])).toEqual(['type', 'run', 'parameters', 'activeParameters', 'device', 'reason']);
    expect(keys(lines[1])).toEqual([
      'type',
      'step',
      'loss',
      'gradientNorm',
      'learningRate',
      'tokens',
      'tokensPerSecond',
    ]);
    const kinds = lines.map((line) => (line.type === 'step' ? line.step : line.type));
    const numbers = (from: number) => Array.from({ length: 20 }, (_, index) => from + index);
    expect(kinds).toEqual([
      'start',
      ...numbers(1),
      'evaluation',
      'checkpoint',
      ...numbers(21),
      'evaluation',
      'checkpoint',
      ...numbers(41),
      'evaluation',
      'checkpoint',
      'end',
    ]);
    const evaluation = lines.find((line) => line.type === 'evaluation');
    expect(keys(evaluation)).toEqual(['type', 'step', 'loss', 'perplexity', 'bitsPerByte']);
    expect(lines.at(-1)).toMatchObject({ type: 'end', run, state: 'finished' });
    expect(keys(lines.find((line) => line.type === 'checkpoint'))).toEqual(['type', 'step', 'path']);
  });

  it('tells objective, auxiliary terms and reports of a routed model, and refuses what belongs to another objective', async () => {
    const { attention } = tinyDocument.blocks[0]!;
    const ffn = { kind: 'moe', nExperts: 4, topK: 2, expertWidth: 32, dispatch: 'capacity' };
    const routed = file('routed.json', JSON.stringify({ ...tinyDocument, blocks: [{ attention, ffn }] }));
    const { ended, lines: printed } = train(
      ...['--arch', routed, '--steps', '2', '--objective', 'tailr', '--gamma', '0.5', '--z-loss', '1e-4'],
    );
    expect((await ended).code).toBe(0);
    const step = printed().find(at(1))!;
    expect(step).toMatchObject({
      objective: expect.any(Number),
      auxiliary: { balance: expect.any(Number), outputZ: expect.any(Number) },
      reports: { overflow: expect.any(Number) },
    });
    expect(Number(step.objective)).toBeLessThan(Number(step.loss));
    const { code, error } = await refused(...trainArguments('--steps', '2', '--min-weight', '0.1'));
    expect(code).toBe(1);
    expect(error).toMatchObject({
      code: 'configuration.invalid',
      hint: expect.stringContaining('--objective tailr'),
    });
  });

  it('took the path as a data set named after the file, and reuses it', async () => {
    const { dataSets } = (await asked('data', 'list', '--workspace', space)) as { dataSets: unknown[] };
    expect(dataSets).toMatchObject([{ name: 'speeches', documents: 1 }]);
    const shown = await asked('data', 'show', 'speeches', '--workspace', space);
    expect(keys(shown)).toEqual(expect.arrayContaining(['name', 'documents', 'bytes', 'domain', 'hash']));
  });

  it('stops gracefully at Ctrl+C, with a checkpoint, and resumes to the same losses', async () => {
    const command = train('--steps', '60', '--warmup', '2', '--evaluate-every', '20');
    await command.line(at(5));
    command.process.kill('SIGINT');
    const { code, errors } = await command.ended;
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    const printed = command.lines();
    expect(printed.at(-1)).toMatchObject({ type: 'end', state: 'stopped' });
    expect(printed.at(-2)).toMatchObject({ type: 'checkpoint' });
    const stopped = String(printed.at(-1)!.run);

    const again = startCommand('runs', 'resume', stopped, '--workspace', space, '--json');
    expect((await again.ended).code).toBe(0);
    expect([...stepLosses(printed), ...stepLosses(again.lines())]).toEqual(stepLosses(lines));
  });

  // A checkpoint at every step: the kill strikes amid steps and amid checkpoints alike.
  const often = ['--steps', '60', '--warmup', '2', '--evaluate-every', '20', '--checkpoint-every', '1'];
  const victims: [name: string, pid: (command: Command) => number][] = [
    ['the command', (command) => command.process.pid!],
    [
      'the process that holds the workspace',
      () => JSON.parse(readFileSync(join(space, 'finegrain.holder.json'), 'utf8')).pid as number,
    ],
  ];

  it.each(victims)('survives kill -9 of %s, without a gap or a changed number', async (_name, pid) => {
    const command = train(...often);
    await command.line(at(5));
    const id = String(command.lines()[0]!.run);
    process.kill(pid(command), 'SIGKILL');
    await command.ended;
    const shown = await eventually(
      () => asked('runs', 'show', id, '--workspace', space),
      (value) => value.state === 'interrupted',
    );
    expect(shown.state).toBe('interrupted');
    // The training process, left alone, notices and ends with a checkpoint; resuming waits for it if it must.
    const resumed = startCommand('runs', 'resume', id, '--workspace', space, '--json');
    expect((await resumed.ended).code).toBe(0);
    expect(resumed.lines().at(-1)).toMatchObject({ type: 'end', state: 'finished' });
    const curve = await asked('metrics', id, '--name', 'train/loss', '--workspace', space);
    const whole = stepLosses(lines);
    expect(curve).toEqual({ steps: whole.map(([step]) => step), values: whole.map(([, loss]) => loss) });
  });
});

/** Asks until the answer is as wanted, for half a minute at most. */
async function eventually<Answer>(
  ask: () => Promise<Answer>,
  wanted: (answer: Answer) => boolean,
): Promise<Answer> {
  for (let tries = 0; ; tries++) {
    const answer = await ask();
    if (wanted(answer) || tries === 60) return answer;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

describe('what a run has to say', () => {
  it('runs show', async () => {
    const shown = await asked('runs', 'show', run, '--workspace', space);
    expect(keys(shown)).toEqual(['run', 'state', 'architecture', 'configuration', 'summary', 'checkpoints']);
    expect(shown).toMatchObject({ run, state: 'finished', configuration: { steps: 60 } });
  });

  it('metrics', async () => {
    const curve = await asked('metrics', run, '--name', 'train/loss', '--workspace', space);
    expect(curve).toEqual({
      steps: stepLosses(lines).map(([step]) => step),
      values: stepLosses(lines).map(([, loss]) => loss),
    });
    const few = await asked(
      'metrics',
      'first',
      '--name',
      'train/loss',
      '--points',
      '5',
      '--workspace',
      space,
    );
    const steps = few.steps as number[];
    expect(steps.length).toBeLessThanOrEqual(6);
    expect([steps[0], steps.at(-1)]).toEqual([1, 60]);
  });

  it('evaluate, with and without tokens', async () => {
    const sentence = file('sentence.txt', 'The people of the United States.');
    const where = ['--text-file', sentence, '--workspace', space];
    const plain = await asked('evaluate', run, ...where);
    expect(keys(plain)).toEqual(['loss', 'perplexity', 'bitsPerByte', 'tokens']);
    const full = await asked('evaluate', run, '--per-token', '--step', '40', ...where);
    expect(keys((full.perToken as unknown[])[0])).toEqual(['token', 'id', 'logProbability']);
  });

  it('inspect', async () => {
    const seen = (await asked('inspect', run, '--text-file', text, '--workspace', space)) as {
      layers: Record<string, unknown>[];
    };
    expect(seen.layers).toHaveLength(2);
    expect(seen.layers[0]).toMatchObject({ layer: 0, kind: 'dense', experts: null, entropy: null });
    expect(keys(seen.layers[0]!.nsar)).toContain('0.1');
  });

  it('sample', async () => {
    const made = await asked('sample', run, '--prompt', 'The', '--tokens', '5', '--workspace', space);
    expect(keys(made)).toEqual(['text', 'ids']);
  });

  it('figure', async () => {
    const out = join(folder, 'loss.svg');
    const { path } = await asked('figure', 'loss', run, '--out', out, '--workspace', space);
    expect(path).toBe(out);
    expect(readFileSync(out, 'utf8')).toMatch(/^<\?xml|^<svg/);
    expect((await refused('figure', 'loss', run, '--out', 'x.bmp', '--workspace', space)).error.code).toBe(
      'input.invalid',
    );
  });

  it('figure of a sheet, from a document', async () => {
    const [file, out] = [join(folder, 'sheet.json'), join(folder, 'sheet.svg')];
    const panels = ['loss', 'nsar'].map((kind) => ({ kind, runs: [run] }));
    writeFileSync(file, JSON.stringify({ version: 1, name: 'Two', columns: 2, style: {}, panels }));
    await asked('figure', 'sheet', file, '--out', out, '--width-mm', '160', '--workspace', space);
    const svg = readFileSync(out, 'utf8');
    expect(svg).toContain('width="160mm"');
    for (const letter of ['(a)', '(b)']) expect(svg).toContain(`>${letter}</text>`);
    const { error } = await refused('figure', 'sheet', 'nothing', '--out', out, '--workspace', space);
    expect(error).toMatchObject({ code: 'notFound', hint: expect.stringContaining('No figure is saved') });
    const wrong = ['figure', 'sheet', file, '--layer', '2', '--out', out, '--workspace', space];
    expect((await refused(...wrong)).error.message).toContain('layer is an option of a panel');
  });

  it('runs list, compare, archive, delete', async () => {
    const { runs } = (await asked('runs', 'list', '--workspace', space)) as { runs: { run: string }[] };
    const other = runs.find((row) => row.run !== run)!.run;
    const compared = (await asked('runs', 'compare', run, other, '--workspace', space)) as {
      differences: { path: string }[];
    };
    expect(compared.differences.map((row) => row.path)).toContain('configuration.checkpointEvery');
    expect(compared.differences.map((row) => row.path)).not.toContain('configuration.seed');
    expect(await asked('runs', 'archive', other, '--workspace', space)).toMatchObject({ archived: true });
    expect(await asked('runs', 'delete', other, '--workspace', space)).toMatchObject({ deleted: true });
    expect((await refused('runs', 'show', other, '--workspace', space)).error.code).toBe('notFound');
    const back = await asked('runs', 'delete', other.slice(0, -1), '--undo', '--workspace', space);
    expect(back).toMatchObject({ run: other, deleted: false });
    expect(keys(back)).toEqual(['run', 'state', 'archived', 'deleted']);
    await asked('runs', 'show', other, '--workspace', space);
    await asked('runs', 'delete', other, '--workspace', space);
  });

  it('tokenizer train, encode and stats', async () => {
    const named = ['--workspace', space];
    const made = await asked(
      'tokenizer',
      'train',
      '--data',
      'speeches',
      '--vocab',
      '400',
      '--name',
      't',
      ...named,
    );
    expect(made).toMatchObject({ name: 't', vocabulary: 400 });
    const word = file('word.txt', 'people');
    const encoded = await asked('tokenizer', 'encode', 't', '--text-file', word, ...named);
    expect((encoded.ids as number[]).length).toBe((encoded.tokens as string[]).length);
    expect(await asked('tokenizer', 'stats', 't', '--data', 'speeches', ...named)).toMatchObject({
      vocabulary: 400,
    });
  });
});

describe('two processes on one workspace', () => {
  it('reads and stops from a second one; refuses what would write, and loses nothing', async () => {
    const first = train('--steps', '4000', '--evaluate-every', '0', '--probe-every', '0');
    await first.line(at(5));
    const id = String(first.lines()[0]!.run);

    const busy = await refused('runs', 'resume', run, '--steps', '30', '--workspace', space);
    expect(busy).toMatchObject({ code: 1, error: { code: 'store.busy' } });
    expect(busy.error.message).toMatch(/pid \d+/);
    expect((await refused(...trainArguments('--steps', '3'))).error.code).toBe('store.busy');

    const { runs } = (await asked('runs', 'list', '--workspace', space)) as {
      runs: { run: string; state: string }[];
    };
    expect(runs.find((row) => row.run === id)?.state).toBe('running');
    const curve = await asked('metrics', id, '--name', 'train/loss', '--workspace', space);
    expect((curve.steps as number[])[0]).toBe(1);

    expect(await asked('runs', 'stop', id, '--workspace', space)).toMatchObject({ run: id });
    const { code } = await first.ended;
    expect(code).toBe(0);
    expect(first.lines().at(-1)).toMatchObject({ type: 'end', run: id, state: 'stopped' });
    const shown = await asked('runs', 'show', id, '--workspace', space);
    const known = (await asked('metrics', id, '--name', 'train/loss', '--workspace', space))
      .steps as number[];
    expect(known).toHaveLength((shown.summary as { step: number }).step);
  });
});

describe('bad input', () => {
  const train2 = (...more: string[]) => refused('train', '--workspace', space, '--steps', '2', ...more);

  it('a broken document names its problems', async () => {
    const broken = file('broken.json', '{"format": "finegrain.architecture", ');
    expect(await finegrain('arch', 'check', broken, '--json')).toMatchObject({ code: 1 });
    expect((await train2('--arch', broken, '--data', text)).error.code).toBe('architecture.invalid');
    const wrong = file('wrong.json', JSON.stringify({ ...tinyDocument, width: 'wide' }));
    const { out, code } = await finegrain('arch', 'check', wrong, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ valid: false, problems: [{ path: 'width' }] });
  });

  it('experts that do not divide the FFN width', async () => {
    const [block] = tinyDocument.blocks;
    const finedeep = await asked('arch', 'show', 'finedeep-1m');
    const { ffn } = (finedeep.blocks as { ffn: Record<string, unknown> }[])[0]!;
    const document = { ...tinyDocument, blocks: [{ ...block, ffn: { ...ffn, width: 65 } }] };
    const { code, error } = await train2(
      '--arch',
      file('odd.json', JSON.stringify(document)),
      '--data',
      text,
    );
    expect({ code, kind: error.code }).toEqual({ code: 1, kind: 'architecture.invalid' });
    expect(error.message).toContain('65');
  });

  it('attention heads that do not fit', async () => {
    const [block] = tinyDocument.blocks;
    const attention = { ...block!.attention, heads: 3, kvHeads: 2 };
    const document = { ...tinyDocument, blocks: [{ ...block, attention }] };
    const { error } = await train2('--arch', file('heads.json', JSON.stringify(document)), '--data', text);
    expect(error.code).toBe('architecture.invalid');
    expect(error.message).toContain('blocks.0.attention');
  });

  it('an empty corpus, one too small, one that is not there', async () => {
    const empty = await train2('--arch', architecture, '--data', file('empty.txt', ''));
    expect(empty).toMatchObject({ code: 1, error: { code: 'data.empty' } });
    const small = await train2('--arch', architecture, '--data', file('small.txt', 'Too few words.'));
    expect(small).toMatchObject({ code: 1, error: { code: 'data.tooSmall' } });
    const none = await train2('--arch', architecture, '--data', join(folder, 'none.txt'));
    expect(none).toMatchObject({ code: 1, error: { code: 'notFound' } });
  });

  it('a vocabulary larger than the data can give', async () => {
    const words = file('words.txt', 'one two three four five six seven eight nine ten '.repeat(40));
    const large = file('large.json', JSON.stringify({ ...tinyDocument, vocabulary: 5000 }));
    const { code, error } = await train2('--arch', large, '--data', words);
    expect({ code, kind: error.code }).toEqual({ code: 1, kind: 'tokenizer.vocabulary' });
    expect(error.message).toContain('5000');
  });

  it('a tokenizer larger than the document’s vocabulary', async () => {
    const { error } = await train2('--arch', architecture, '--data', 'speeches', '--tokenizer', 't');
    expect(error.code).toBe('tokenizer.vocabulary');
    expect(error.message).toContain('400');
  });

  it('a context longer than the document’s', async () => {
    const { error } = await train2('--arch', architecture, '--data', 'speeches', '--context', '128');
    expect(error).toMatchObject({ code: 'configuration.invalid' });
    expect(error.message).toContain('context: 128');
  });

  it('wrong usage ends with 2, and one sentence, not a stack', async () => {
    for (const wrong of [
      ['train', '--arch', architecture, '--data', text, '--steps', 'many'],
      ['train', '--data', text, '--steps', '2'],
      ['nonsense'],
      ['runs', 'show'],
      ['figure', 'cake', run, '--out', 'x.svg'],
    ]) {
      const { code, errors, out } = await finegrain(...wrong);
      expect({ wrong, code, out }).toEqual({ wrong, code: 2, out: '' });
      expect(errors.trim().split('\n')).toHaveLength(1);
    }
  });
});
