import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { naiveRouting, routingCases } from '../ops/routingTesting.ts';
import { relativeDistance } from '../testing.ts';
import type { StepResult } from '../types.ts';
import { webGpuFinding } from './webgpu.ts';

const run = promisify(execFile);
const child = fileURLToPath(new URL('./webgpu.child.ts', import.meta.url));
const finding = await webGpuFinding();
const missing = finding.works ? '' : `no WebGPU here: ${finding.problem}`;
const timeout = 120_000;

/** Heads of the runtime's lists of nodes that it placed on the CPU, each with the first nodes. */
function onTheCpu(log: string): string[] {
  return log.match(/placed on \[CPUExecutionProvider\].*(\n.*){1,4}/g) ?? [];
}

interface TrainingRecord {
  readonly steps: StepResult[];
  readonly losses: number[];
  readonly map: number[];
  readonly activation: number[];
  readonly firstMoments: Array<[string, number[]]>;
}

const models = [
  'dense',
  'finedeep',
  'dsmoe',
  'moe',
  'random',
  'hash',
  'maskmoe',
  'cartesianmoe',
  'uniattn',
  'crossLayerKv',
];

describe.each(models)('webgpu: %s', (name) => {
  test('no node of any program falls to the CPU', { timeout }, async (context) => {
    if (missing) context.skip(missing);
    const { stdout, stderr } = await run(process.execPath, [child, 'placement', name], {
      maxBuffer: 2 ** 28,
    });
    const log = stdout + stderr;
    expect(log.match(/placed on \[WebGpuExecutionProvider\]/g)).toHaveLength(7);
    expect(onTheCpu(log)).toEqual([]);
  });

  test.for([1, 2])(
    'the same losses and gradients as on the cpu, %i micro-batches',
    { timeout },
    async (accumulate, context) => {
      if (missing) context.skip(missing);
      const folder = mkdtempSync(join(tmpdir(), 'finegrain-webgpu-'));
      const file = join(folder, 'result.json');
      await run(process.execPath, [child, 'train', name, String(accumulate), file]);
      const [cpu, gpu] = JSON.parse(readFileSync(file, 'utf8')) as [TrainingRecord, TrainingRecord];
      rmSync(folder, { recursive: true });
      gpu.steps.forEach((step, i) => {
        expect(step.loss).toBeCloseTo(cpu.steps[i]!.loss, 4);
        expect(step.objective).toBeCloseTo(cpu.steps[i]!.objective, 4);
        expect(step.totalLoss).toBeCloseTo(cpu.steps[i]!.totalLoss, 4);
        expect(Object.keys(step.reports)).toEqual(Object.keys(cpu.steps[i]!.reports));
        for (const [report, value] of Object.entries(step.reports)) {
          expect(value, report).toBeCloseTo(cpu.steps[i]!.reports[report]!, 4);
        }
      });
      for (const [i, [parameter, values]] of gpu.firstMoments.entries()) {
        const theirs = cpu.firstMoments[i]![1];
        expect(
          relativeDistance(Float32Array.from(values), Float32Array.from(theirs)),
          parameter,
        ).toBeLessThan(1e-3);
      }
      expect(relativeDistance(Float32Array.from(gpu.losses), Float32Array.from(cpu.losses))).toBeLessThan(
        1e-3,
      );
      expect(relativeDistance(Float32Array.from(gpu.map), Float32Array.from(cpu.map))).toBeLessThan(1e-3);
      expect(
        relativeDistance(Float32Array.from(gpu.activation), Float32Array.from(cpu.activation)),
      ).toBeLessThan(1e-2);
    },
  );
});

describe('webgpu: routing', () => {
  test('equals plain loops, and no node falls to the CPU', { timeout }, async (context) => {
    if (missing) context.skip(missing);
    const folder = mkdtempSync(join(tmpdir(), 'finegrain-webgpu-'));
    const file = join(folder, 'result.json');
    const { stdout, stderr } = await run(process.execPath, [child, 'routing', '-', '-', file], {
      maxBuffer: 2 ** 28,
    });
    const log = stdout + stderr;
    expect(log.match(/placed on \[WebGpuExecutionProvider\]/g)).toHaveLength(routingCases.length);
    expect(log).not.toMatch(/placed on \[CPUExecutionProvider\]/);
    const results = JSON.parse(readFileSync(file, 'utf8')) as Array<Record<string, number[]>>;
    rmSync(folder, { recursive: true });
    routingCases.forEach(([name, size], i) => {
      for (const [what, values] of Object.entries(naiveRouting(size))) {
        const expected: number[] = typeof values === 'number' ? [values] : [...values];
        const difference = expected.map((value, at) => Math.abs(value - results[i]![what]![at]!));
        expect(Math.max(...difference), `${name}: ${what}`).toBeLessThan(1e-5);
      }
    });
  });
});
