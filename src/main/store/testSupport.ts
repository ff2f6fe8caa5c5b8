/** For tests of the store and of what is built on it: temporary workspaces and plausible records. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Architecture } from '../../shared/architecture/document.ts';
import { FinegrainError } from '../../shared/errors.ts';
import { type RunConfiguration, runConfigurationSchema } from '../../shared/run/configuration.ts';
import type { MetricPoint } from '../../shared/run/metrics.ts';
import type { NewRun } from './runs.ts';

/** A fresh folder under the system's temporary one; `remove` takes it away with all in it. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'finegrain-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export const testArchitecture: Architecture = {
  format: 'finegrain.architecture',
  version: 2,
  name: 'tiny',
  notes: '',
  vocabulary: 64,
  width: 8,
  context: 16,
  blocks: [
    {
      repeat: 2,
      attention: {
        kind: 'softmax',
        heads: 2,
        kvHeads: 2,
        headSize: 4,
        position: { kind: 'rope', base: 10_000 },
      },
      ffn: { kind: 'dense', width: 16 },
    },
  ],
  sharing: { kind: 'none' },
  norm: { kind: 'rmsnorm', epsilon: 1e-5 },
  tieEmbeddings: true,
  initialisation: { std: 0.02, residual: 'depth' },
};

export const testConfiguration: RunConfiguration = runConfigurationSchema.parse({
  data: [{ name: 'speeches' }],
  steps: 100,
  batch: 2,
  accumulate: 3,
  device: 'cpu',
  threads: 1,
});

export const newRun = (changes: Partial<NewRun> = {}): NewRun => ({
  name: 'tiny run',
  architecture: testArchitecture,
  configuration: testConfiguration,
  parameters: 1000,
  activeParameters: 900,
  ...changes,
});

export const point = (step: number, value: number, name = 'train/loss'): MetricPoint => ({
  name,
  step,
  tokens: step * 96,
  flops: step * 1e9,
  seconds: step * 0.5,
  value,
});

/** The typed reason that `work` throws; fails the test where it throws nothing or something else. */
export async function reasonOf(work: () => unknown): Promise<FinegrainError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof FinegrainError) return error;
    throw error;
  }
  throw new Error('Nothing was thrown.');
}
