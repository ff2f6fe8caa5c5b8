/**
 * Runs in a child process of webgpu.test.ts, so that a crash of a graphics driver fails one test and not the test run.
 * Asked on the command line: `placement NAME` (the answer is the runtime's log), `train NAME ACCUMULATE FILE`
 * (JSON) or `routing - - FILE` (both).
 */
import { writeFileSync } from 'node:fs';
import type { Architecture } from '../../../shared/architecture/document.ts';
import { routingCases, runRouting } from '../ops/routingTesting.ts';
import { recordAccumulation, recordApplication, recordInference, recordStep } from '../step/record.ts';
import {
  adamw,
  everyTerm,
  smallArchitecture,
  smallBatch,
  smallShape,
  smallState,
  sourceOf,
} from '../testing.ts';
import type { ProgramShape, TrainingSettings } from '../types.ts';
import { createSession } from './session.ts';
import { createOrtTrainer } from './trainer.ts';

/** Model and settings by name: an FFN kind, or a way of sharing attention (with every term of the objective). */
function caseOf(
  name: string,
  tied: boolean,
): { architecture: Architecture; settings: TrainingSettings; shape: ProgramShape } {
  if (name !== 'uniattn' && name !== 'crossLayerKv') {
    return { architecture: smallArchitecture(name, 2, tied), settings: adamw, shape: smallShape };
  }
  const sharing = { kind: name, groupSize: 2, begin: 0, end: 2 };
  return {
    architecture: smallArchitecture('dense', 2, tied, { sharing }),
    settings: { ...adamw, objective: everyTerm },
    // Two blocks of queries.
    shape: { batch: 1, context: 256 },
  };
}

/** Builds every program with verbose logs: the runtime writes where it placed each node to the error stream. */
async function placement(name: string): Promise<void> {
  const { architecture, settings, shape } = caseOf(name, false);
  const source = sourceOf(architecture, shape);
  const graphs = {
    step: recordStep(source, settings),
    accumulation: recordAccumulation(source, settings),
    application: recordApplication(architecture, settings),
    evaluate: recordInference(source, { kind: 'evaluate', disableTop1: 'none' }),
    probe: recordInference(source, { kind: 'probe', taps: 'ffn' }),
    maps: recordInference(source, { kind: 'probe', taps: 'attention' }),
    logits: recordInference(source, { kind: 'logits' }),
  };
  for (const graph of Object.values(graphs)) {
    const session = await createSession(graph, { provider: 'webgpu', threads: 1, verbose: true });
    await session.dispose();
  }
}

async function train(name: string, accumulate: number, file: string): Promise<void> {
  const { architecture, settings, shape } = caseOf(name, true);
  const results = [];
  for (const provider of ['cpu', 'webgpu'] as const) {
    const device = { name: provider, reason: 'test' };
    const trainer = await createOrtTrainer({
      ...sourceOf(architecture, shape),
      device,
      provider,
      threads: 1,
      settings: { ...settings, accumulate },
    });
    await trainer.writeState(smallState(architecture));
    const batches = Array.from({ length: accumulate }, (_, i) =>
      smallBatch(architecture, shape, i + 1, true),
    );
    const steps = [await trainer.step(batches, 1e-3)];
    const firstMoments = (await trainer.readState()).firstMoments;
    for (let step = 0; step < 5; step++) steps.push(await trainer.step(batches, 1e-3));
    const { losses } = await trainer.evaluate(batches[0]!);
    const [layer] = await trainer.probe(batches[0]!);
    const [maps] = await trainer.probe(batches[0]!, 'attention');
    results.push({
      steps,
      losses: [...losses],
      map: [...maps!.taps['attention.map']!.values],
      activation: [...layer!.taps.activation!.values],
      firstMoments: [...firstMoments].map(([name, values]) => [name, [...values]]),
    });
    await trainer.dispose();
  }
  writeFileSync(file, JSON.stringify(results));
}

async function routing(file: string): Promise<void> {
  const results = [];
  for (const [, size] of routingCases) {
    const result = await runRouting(size, 'webgpu', true);
    results.push(
      Object.fromEntries(
        Object.entries(result).map(([name, values]) => [name, [...(values as Float32Array)]]),
      ),
    );
  }
  writeFileSync(file, JSON.stringify(results));
}

const [question, name, accumulate, file] = process.argv.slice(2) as [string, string, string, string];
if (question === 'placement') await placement(name);
else if (question === 'train') await train(name, Number(accumulate), file);
else await routing(file);
process.exit(0);
