/**
 * The training engine: builds the programs of an architecture document for a device. Compiled on ONNX Runtime (cpu,
 * webgpu, cuda, dml, coreml), or run eagerly on TensorFlow.js (`eager`). See types.ts for the face to the host.
 */
import { parameterSpecs } from '../../shared/methods/languageModel.ts';
import { maximumLikelihood } from '../../shared/methods/objective.ts';
import { startEagerBackend } from './eager/backend.ts';
import { createEagerTrainer } from './eager/trainer.ts';
import type { Provider } from './onnx/lower.ts';
import { measureRate, measureThreads } from './ort/ceiling.ts';
import { chooseDevice, deviceReports } from './ort/devices.ts';
import { createInference } from './ort/inference.ts';
import { floatTensor } from './ort/session.ts';
import { createOrtTrainer } from './ort/trainer.ts';
import { checkedArray } from './step/arrays.ts';
import { names } from './step/record.ts';
import type { ChosenDevice, Engine, EngineRequest, Model, NamedArrays, TrainingSettings } from './types.ts';

export { initialParameters } from './initialise.ts';

const inferenceOnly: TrainingSettings = {
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0,
  clip: 0,
  accumulate: 1,
  seed: 0,
  objective: maximumLikelihood,
};

async function threadsFor(request: EngineRequest, device: ChosenDevice): Promise<number> {
  if (request.threads > 0 || device.name !== 'cpu') return Math.max(1, request.threads);
  return measureThreads(request.architecture, request.shape);
}

async function startEager(device: ChosenDevice): Promise<ChosenDevice> {
  return { ...device, reason: `${device.reason} Running on ${await startEagerBackend()}.` };
}

async function ortModel(
  request: EngineRequest,
  device: ChosenDevice,
  parameters: NamedArrays,
): Promise<Model> {
  const { architecture, shape, buffers, noise } = request;
  const feeds = Object.fromEntries(
    parameterSpecs(architecture).map((spec) => [
      names.parameter(spec.name),
      floatTensor(checkedArray(parameters, spec), spec.shape),
    ]),
  );
  const programs = createInference({
    architecture,
    shape,
    buffers,
    noise,
    provider: device.name as Provider,
    threads: await threadsFor(request, device),
    parameters: () => feeds,
  });
  return { device, ...programs };
}

export function createEngine(): Engine {
  return {
    devices: deviceReports,
    choose: chooseDevice,
    trainer: async (request, settings) => {
      const device = await chooseDevice(request.device);
      const { architecture, shape, buffers, noise } = request;
      const source = { architecture, shape, buffers, noise };
      if (device.name === 'eager') {
        return createEagerTrainer({ ...source, device: await startEager(device), settings });
      }
      const threads = await threadsFor(request, device);
      return createOrtTrainer({ ...source, device, provider: device.name, threads, settings });
    },
    model: async (request, parameters) => {
      const device = await chooseDevice(request.device);
      if (device.name !== 'eager') return ortModel(request, device, parameters);
      const { architecture, shape, buffers, noise } = request;
      const eager = createEagerTrainer({
        architecture,
        shape,
        buffers,
        noise,
        device: await startEager(device),
        settings: inferenceOnly,
      });
      await eager.writeState({ parameters, firstMoments: new Map(), secondMoments: new Map(), step: 0 });
      return eager;
    },
    measureCeiling: async (request) => {
      const device = await chooseDevice(request.device);
      const provider: Provider = device.name === 'eager' ? 'cpu' : device.name;
      return measureRate(
        request.architecture,
        request.shape,
        provider,
        await threadsFor(request, { ...device, name: provider }),
      );
    },
  };
}
