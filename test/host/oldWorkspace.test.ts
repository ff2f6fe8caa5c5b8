/**
 * A workspace as version 1 wrote it: `fixtures/workspace-1.json.gz`, files by path in base64, made by the program before
 * documents of version 2 (8 steps of a model with a dense and a Finedeep layer; the checkpoint of step 4 is kept).
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHost, type Host } from '../../src/main/host/index.ts';
import { losses } from './tinyRun.ts';

let folder: string;
let host: Host;
let run: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'finegrain-old-'));
  const packed = readFileSync(join(import.meta.dirname, 'fixtures', 'workspace-1.json.gz'));
  const files = JSON.parse(gunzipSync(packed).toString('utf8')) as Record<string, string>;
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), Buffer.from(content, 'base64'));
  }
  host = await createHost({ workspace: folder, shell: 'terminal' });
  run = (await host.call('runs.list', {}))[0]!.run;
});
afterAll(async () => {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

const stored = (step: number, file: string): unknown =>
  JSON.parse(
    readFileSync(
      join(folder, 'runs', run, 'checkpoints', `step-${String(step).padStart(6, '0')}`, file),
      'utf8',
    ),
  );

it('opens, after a copy of the old file, and shows the run in today’s form', async () => {
  expect(readdirSync(join(folder, 'backups')).some((name) => name.endsWith('version-1.sqlite'))).toBe(true);
  const detail = await host.call('runs.get', { run });
  expect(detail).toMatchObject({
    name: 'old',
    state: 'finished',
    step: 8,
    methods: ['dense', 'finedeep'],
    architecture: {
      version: 2,
      sharing: { kind: 'none' },
      blocks: [
        { attention: { kind: 'softmax', kvHeads: 1, position: { kind: 'rope', base: 5000 } } },
        { attention: { kind: 'softmax', kvHeads: 2, position: { kind: 'rope', base: 10_000 } } },
      ],
    },
    configuration: { seed: 3, objective: { loss: 'mle', labelSmoothing: 0, zLoss: 0 } },
  });
  expect((await host.call('runs.probes', { run })).map(({ step }) => step)).toEqual([0, 4, 8]);
});

it('answers questions to a checkpoint of version 1', async () => {
  expect(stored(4, 'architecture.json')).toMatchObject({ version: 1 });
  const answer = await host.call('runs.evaluate', { run, step: 4, text: 'Fellow citizens of the Senate' });
  expect(answer.loss).toBeGreaterThan(4);
  expect(answer.loss).toBeLessThan(7);
});

it('goes on from it with the numbers that version 1 got', async () => {
  const before = losses(host, run);
  expect(before.map(([step]) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  await host.call('runs.resume', { run, fromStep: 4 });
  const { summary } = await host.runs.ended(run);
  expect(summary).toMatchObject({ state: 'finished', step: 8 });
  const after = losses(host, run);
  expect(after.map(([step]) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  // Another processor, or another order of additions since, may change the last bits.
  for (const [at, [, loss]] of after.entries()) expect(loss).toBeCloseTo(before[at]![1], 4);
  expect(stored(8, 'architecture.json')).toMatchObject({ version: 2 });
});
