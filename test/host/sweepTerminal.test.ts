/** Sweeps, forks and annotations through the real command: names of fields, exit codes, Ctrl+C. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asked, type Command, refused, startCommand } from './command.ts';
import { speeches, tinyDocument } from './tinyRun.ts';

let folder: string;
let space: string[];
let shared: string[];
const started: Command[] = [];

function start(...values: string[]): Command {
  const command = startCommand('--json', ...space, ...values);
  started.push(command);
  return command;
}
const keys = (value: unknown): string[] => Object.keys(value as object);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'finegrain-sweep-'));
  writeFileSync(join(folder, 'tiny.json'), JSON.stringify(tinyDocument));
  writeFileSync(join(folder, 'speeches.txt'), speeches());
  space = ['--workspace', join(folder, 'workspace')];
  shared = ['--arch', join(folder, 'tiny.json'), '--data', join(folder, 'speeches.txt')];
  shared.push('--device', 'cpu', '--threads', '1', '--batch', '4', '--warmup', '2');
});
afterAll(() => {
  for (const command of started) command.process.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

let best: string;

it('trains every run of a grid, says which, and names the best', async () => {
  const command = start(
    ...['sweep', 'start', ...shared, '--steps', '8', '--name', 'rates'],
    ...['--grid', 'learningRate=1e-3,1e-2'],
  );
  const { code, errors } = await command.ended;
  expect(errors).toBe('');
  expect(code).toBe(0);
  const lines = command.lines();
  expect(lines.map((line) => line.type)).toEqual(['sweep', 'run', 'end', 'run', 'end', 'done']);
  expect(keys(lines[0])).toEqual(['type', 'sweep', 'runs', 'flops']);
  expect(lines[1]).toMatchObject({ values: { learningRate: 0.001 } });
  expect(keys(lines[2])).toEqual(['type', 'run', 'state', 'reason', 'loss', 'validationLoss']);
  expect(lines[5]).toMatchObject({ states: { finished: 2 } });
  best = lines[5]!.best as string;

  const { sweeps } = (await asked(...space, 'sweep', 'list')) as { sweeps: Record<string, unknown>[] };
  expect(keys(sweeps[0])).toEqual(['sweep', 'name', 'plan', 'createdAt', 'runs', 'finished', 'best']);
  const shown = await asked(...space, 'sweep', 'show', 'rates');
  expect(shown).toMatchObject({ name: 'rates', best });
  expect((shown.runs as { run: string }[])[0]!.run).toBe(best);
});

it('refuses a value with its field, and wrong usage with exit code 2', async () => {
  const wrong = await refused(
    ...[...space, 'sweep', 'start', ...shared, '--steps', '8', '--grid', 'beta1=0.9,2'],
  );
  expect(wrong).toMatchObject({ code: 1, error: { code: 'input.invalid' } });
  expect(wrong.error.message).toMatch(/^beta1 cannot be 2/);
  const both = ['--grid', 'clip=0,1', '--random', 'clip=0.0..1.0'];
  expect(await refused(...space, 'sweep', 'start', ...shared, '--steps', '8', ...both)).toMatchObject({
    code: 2,
  });
  expect((await refused(...space, 'sweep', 'stop', 'nothing')).error.code).toBe('notFound');
});

it('stops what trains and takes out the rest at Ctrl+C', async () => {
  const command = start('sweep', 'start', ...shared, '--steps', '5000', '--seeds', '3');
  await command.line((line) => line.type === 'run');
  await new Promise((resolve) => setTimeout(resolve, 2500));
  command.process.kill('SIGINT');
  const { code } = await command.ended;
  expect(code).toBe(0);
  expect(command.lines().at(-1)).toMatchObject({ type: 'done', states: { stopped: 3 } });
});

it('forks a run from a checkpoint, and annotates it', async () => {
  const command = start(
    'runs',
    'fork',
    best,
    '--steps',
    '12',
    '--learning-rate',
    '0.002',
    '--name',
    'forked',
  );
  expect((await command.ended).code).toBe(0);
  const lines = command.lines();
  expect(lines[0]).toMatchObject({ type: 'start' });
  expect(lines.filter((line) => line.type === 'step').map((line) => line.step)).toEqual([9, 10, 11, 12]);
  expect(lines.at(-1)).toMatchObject({ type: 'end', state: 'finished' });
  const tagged = await asked(...space, 'runs', 'annotate', 'forked', '--tag', 'paper', '--notes', 'Slower.');
  expect(tagged).toMatchObject({ name: 'forked', tags: ['paper'], notes: 'Slower.' });
  const again = await asked(...space, 'runs', 'annotate', 'forked', '--untag', 'paper');
  expect(again).toMatchObject({ tags: [], notes: 'Slower.' });
});
