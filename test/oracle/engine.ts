/** What the engine must show on a device, against the PyTorch fixtures: gradients, logits, ten AdamW steps. */
import { describe, expect, test } from 'vitest';
import { createEngine } from '../../src/main/engine/index.ts';
import type { EngineRequest, Trainer, TrainingState } from '../../src/main/engine/types.ts';
import type { DeviceName } from '../../src/shared/run/configuration.ts';
import {
  batchOf,
  expectAfterTraining,
  expectGradients,
  expectScalars,
  type Fixture,
  initialWeights,
  readFixture,
  relativeDistance,
} from './fixture.ts';

const engine = createEngine();

function requestFor(fixture: Fixture, device: DeviceName, context: number): EngineRequest {
  const { architecture, batch, buffers, noise } = fixture;
  return { architecture, shape: { batch, context }, buffers, noise, device, threads: 1 };
}

async function trainerFor(
  fixture: Fixture,
  device: DeviceName,
  settings: Fixture['optimiser'],
): Promise<Trainer> {
  const { architecture, objective } = fixture;
  const request = requestFor(fixture, device, architecture.context);
  const trainer = await engine.trainer(request, { ...settings, accumulate: 1, seed: 0, objective });
  const zeros = () =>
    new Map([...initialWeights(fixture)].map(([name, { length }]) => [name, new Float32Array(length)]));
  const state: TrainingState = {
    parameters: initialWeights(fixture),
    firstMoments: zeros(),
    secondMoments: zeros(),
    step: 0,
  };
  await trainer.writeState(state);
  return trainer;
}

/** Relative distance of the logits of the first batch, at a context that may exceed the document's. */
async function logitsDistance(fixture: Fixture, device: DeviceName, tensor: string, context: number) {
  const model = await engine.model(requestFor(fixture, device, context), initialWeights(fixture));
  const logits = await model.logits(batchOf(fixture, 0, context).inputs);
  await model.dispose();
  return relativeDistance(logits, fixture.tensors.get(tensor)!);
}

/** `trained`: the fixtures that logits and training are checked for too, where a device is too slow for all of them. */
export function describeEngine(
  device: DeviceName,
  fixtureNames: readonly string[],
  trained: readonly string[] = fixtureNames,
): void {
  describe.each(fixtureNames)(`${device}: %s`, (name) => {
    const fixture = readFixture(name);
    const { context } = fixture.architecture;

    test('losses and every gradient', async () => {
      // Without momentum and clipping the first moment after one step is the gradient.
      const trainer = await trainerFor(fixture, device, { ...fixture.optimiser, beta1: 0, clip: 0 });
      const result = await trainer.step([batchOf(fixture, 0)], 0);
      const { firstMoments } = await trainer.readState();
      await trainer.dispose();
      expectScalars(fixture, result);
      expectGradients(fixture, firstMoments);
    });

    if (!trained.includes(name)) return;

    test('logits', async () => {
      expect(await logitsDistance(fixture, device, 'inferenceLogits', context)).toBeLessThan(1e-4);
    });

    if (fixture.tensors.has('longerLogits')) {
      test('logits beyond the training context', async () => {
        expect(await logitsDistance(fixture, device, 'longerLogits', 2 * context)).toBeLessThan(1e-4);
      });
    }

    const routers = (['first', 'second', 'both'] as const).filter((router) =>
      fixture.tensors.has(`lossesWithoutTop1/${router}`),
    );
    if (routers.length > 0) {
      test('losses without the first choice', async () => {
        const model = await engine.model(requestFor(fixture, device, context), initialWeights(fixture));
        for (const disableTop1 of routers) {
          const { losses } = await model.evaluate(batchOf(fixture, 0), { disableTop1 });
          const expected = fixture.tensors.get(`lossesWithoutTop1/${disableTop1}`)!;
          expect(relativeDistance(losses, expected), disableTop1).toBeLessThan(1e-4);
        }
        await model.dispose();
      });
    }

    test('ten AdamW steps', async () => {
      const trainer = await trainerFor(fixture, device, fixture.optimiser);
      for (const [step, expected] of fixture.losses.entries()) {
        const result = await trainer.step([batchOf(fixture, step)], fixture.learningRates[step]!);
        expect(result.loss / expected, `loss of step ${step}`).toBeCloseTo(1, 4);
        expect(result.totalLoss / fixture.totalLosses[step]!, `total of step ${step}`).toBeCloseTo(1, 4);
        expect(result.gradientNorm / fixture.gradientNorms[step]!).toBeCloseTo(1, 3);
      }
      const { parameters } = await trainer.readState();
      await trainer.dispose();
      expectAfterTraining(fixture, parameters, 1e-2);
    });
  });
}

/** Whether the engine can run on a device here, and its reason. */
export async function deviceHere(device: DeviceName): Promise<{ available: boolean; reason: string }> {
  const report = (await engine.devices()).find(({ name }) => name === device);
  return report ?? { available: false, reason: `no device ${device}` };
}
