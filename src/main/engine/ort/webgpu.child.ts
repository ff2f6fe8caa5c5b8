/**
 * Runs in a child process of webgpu.test.ts, so that a crash of a graphics driver fails one test and not the test run.
 * Asked on the command line: `placement FFN` (the answer is the runtime's log), `train FFN ACCUMULATE FILE`
 * (JSON) or `routing - - FILE` (both).
 */
import { writeFileSync } from 'node:fs';
import { routingCases, runRouting } from '../ops/routingTesting.ts';
import { recordAccumulation, recordApplication, recordInference, recordStep } from '../step/record.ts';
import { adamw, smallArchitecture, smallBatch, smallShape, smallState, sourceOf } from '../testing.ts';
import { createSession } from './session.ts';
import { createOrtTrainer } from './trainer.ts';

/** Builds every program with verbose logs: the runtime writes where it placed each node to the error stream. */
async function placement(ffn: string): Promise<void> {
  const architecture = smallArchitecture(ffn, 2);
  const source = sourceOf(architecture);
  const graphs = {
    step: recordStep(source, adamw),
    accumulation: recordAccumulation(source, adamw),
    application: recordApplication(architecture, adamw),
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

async function train(ffn: string, accumulate: number, file: string): Promise<void> {
  const architecture = smallArchitecture(ffn, 2, true);
  const results = [];
  for (const provider of ['cpu', 'webgpu'] as const) {
    const device = { name: provider, reason: 'test' };
    const settings = { ...adamw, accumulate };
    const trainer = await createOrtTrainer({
      ...sourceOf(architecture),
      device,
      provider,
      threads: 1,
      settings,
    });
    await trainer.writeState(smallState(architecture));
    const batches = Array.from({ length: accumulate }, (_, i) =>
      smallBatch(architecture, smallShape, i + 1, true),
    );
    const steps = [await trainer.step(batches, 1e-3)];
    const firstMoments = (await trainer.readState()).firstMoments;
    for (let step = 0; step < 5; step++) steps.push(await trainer.step(batches, 1e-3));
    const { losses } = await trainer.evaluate(batches[0]!);
    const [layer] = await trainer.probe(batches[0]!);
    results.push({
      steps,
      losses: [...losses],
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

const [question, ffn, accumulate, file] = process.argv.slice(2) as [string, string, string, string];
if (question === 'placement') await placement(ffn);
else if (question === 'train') await train(ffn, Number(accumulate), file);
else await routing(file);
process.exit(0);
