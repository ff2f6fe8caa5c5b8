/** The training loop's step on ONNX Runtime: one graph run per step, or one per micro-batch and one to apply. */
import { FinegrainError } from '../../../shared/errors.ts';
import { parameterSpecs } from '../../../shared/methods/languageModel.ts';
import type { Provider } from '../onnx/lower.ts';
import { optimiserFeeds } from '../step/adamw.ts';
import { batchFeeds, type CheckedBatch, lossWeights } from '../step/batch.ts';
import { seededNoise } from '../step/noise.ts';
import { names, recordAccumulation, recordApplication, recordStep } from '../step/record.ts';
import { fromGraphState, stateEntries, toGraphState } from '../step/state.ts';
import type { Graph } from '../trace/graph.ts';
import { allowsInPlace } from '../trace/inPlace.ts';
import type {
  ChosenDevice,
  NoiseSource,
  ProgramSource,
  StepResult,
  Trainer,
  TrainingSettings,
} from '../types.ts';
import { createInference } from './inference.ts';
import { createNoiseFeeds } from './noise.ts';
import {
  createSession,
  type Feeds,
  type Fetches,
  floatTensor,
  hostScalar,
  intTensor,
  type OrtTensor,
  type Session,
  scalarTensor,
} from './session.ts';
import { deviceState, hostState, type ResidentState, type StateEntry } from './state.ts';

export interface OrtTrainerRequest extends ProgramSource {
  readonly device: ChosenDevice;
  readonly provider: Provider;
  readonly threads: number;
  readonly settings: TrainingSettings;
  readonly noise?: NoiseSource | undefined;
}

/** Output names of a session that are not state. */
function metricFetches(session: Session): Fetches {
  return Object.fromEntries(
    session.outputNames.filter((name) => !name.startsWith('next:')).map((name) => [name, null]),
  );
}

/** Sums the loss outputs of micro-batches. */
class StepSums {
  loss = 0;
  objective = 0;
  totalLoss = 0;
  readonly auxiliary: Record<string, number> = {};
  readonly reports: Record<string, number> = {};
  readonly #microBatches: number;

  constructor(microBatches: number) {
    this.#microBatches = microBatches;
  }

  add(outputs: Readonly<Record<string, OrtTensor>>): void {
    const loss = hostScalar(outputs[names.loss]);
    this.loss += loss;
    this.objective += outputs[names.objective] ? hostScalar(outputs[names.objective]) : loss;
    this.totalLoss += hostScalar(outputs[names.totalLoss]);
    this.#addNamed(outputs, names.auxiliary(''), this.auxiliary, 1);
    this.#addNamed(outputs, names.report(''), this.reports, 1 / this.#microBatches);
  }

  #addNamed(
    outputs: Readonly<Record<string, OrtTensor>>,
    prefix: string,
    sums: Record<string, number>,
    factor: number,
  ): void {
    for (const [name, tensor] of Object.entries(outputs)) {
      if (!name.startsWith(prefix)) continue;
      const term = name.slice(prefix.length);
      sums[term] = (sums[term] ?? 0) + factor * hostScalar(tensor);
    }
  }
}

/** Weights start at zero: call `writeState` with initial or restored weights before the first step. */
export async function createOrtTrainer(request: OrtTrainerRequest): Promise<Trainer> {
  const { architecture, shape, device, provider, threads, settings } = request;
  const specs = parameterSpecs(architecture);
  const tokens = shape.batch * shape.context;
  const accumulating = settings.accumulate > 1;
  const updateGraph = accumulating
    ? recordApplication(architecture, settings)
    : recordStep(request, settings);
  const gradientGraph = accumulating ? recordAccumulation(request, settings) : null;
  const noise = createNoiseFeeds(gradientGraph ?? updateGraph, request.noise ?? seededNoise(settings.seed));
  const makeState = (entries: readonly StateEntry[], writer: Graph): ResidentState =>
    provider === 'webgpu' ? deviceState(entries) : hostState(entries, allowsInPlace(writer, names.next));
  const state = makeState(stateEntries(specs), updateGraph);
  state.write(new Map());
  const accumulatorEntries = specs.map((spec) => ({ name: names.accumulator(spec.name), shape: spec.shape }));
  const accumulators = gradientGraph ? makeState(accumulatorEntries, gradientGraph) : null;
  const options = { provider, threads };
  const gradients =
    gradientGraph && accumulators
      ? await createSession(gradientGraph, { ...options, resident: accumulators.resident })
      : null;
  const update = await createSession(updateGraph, { ...options, resident: state.resident });
  const inference = createInference({
    ...request,
    noise: request.noise,
    parameters: () => state.feeds(names.parameter('')),
  });
  let steps = 0;

  const microBatch = (batch: CheckedBatch, weights: Float32Array, index: number): Feeds => ({
    ...noise({ step: steps, microBatch: index }),
    [names.inputs]: intTensor(batch.inputs, [tokens]),
    [names.targets]: intTensor(batch.targets, [tokens]),
    [names.weights]: floatTensor(weights, [tokens]),
  });

  return {
    device,
    step: async (batches, learningRate): Promise<StepResult> => {
      if (batches.length !== settings.accumulate) {
        throw new FinegrainError(
          'input.invalid',
          `The step got ${batches.length} micro-batches, but accumulate is ${settings.accumulate}.`,
        );
      }
      const checked = batches.map((batch) => batchFeeds(batch, architecture, shape));
      const weights = lossWeights(checked, tokens);
      const scalars = Object.entries(optimiserFeeds(settings, steps + 1, learningRate));
      const feeds: Feeds = {
        ...state.feeds(),
        ...Object.fromEntries(scalars.map(([name, value]) => [name, scalarTensor(value)])),
      };
      const sums = new StepSums(settings.accumulate);
      if (gradients && accumulators) {
        accumulators.write(new Map());
        for (const [i, batch] of checked.entries()) {
          const outputs = await gradients.run(
            {
              ...state.feeds(names.parameter('')),
              ...accumulators.feeds(),
              ...microBatch(batch, weights[i]!, i),
              [names.auxiliaryWeight]: scalarTensor(1 / settings.accumulate),
            },
            { ...metricFetches(gradients), ...accumulators.fetches() },
          );
          accumulators.take(outputs);
          sums.add(outputs);
        }
        Object.assign(feeds, accumulators.feeds());
      } else {
        Object.assign(feeds, microBatch(checked[0]!, weights[0]!, 0));
      }
      const outputs = await update.run(feeds, { ...metricFetches(update), ...state.fetches() });
      state.take(outputs);
      steps += 1;
      if (!gradients) sums.add(outputs);
      return {
        loss: sums.loss,
        objective: sums.objective,
        totalLoss: sums.totalLoss,
        auxiliary: sums.auxiliary,
        reports: sums.reports,
        gradientNorm: hostScalar(outputs[names.gradientNorm]),
      };
    },
    readState: async () => fromGraphState(await state.read(), specs, steps),
    writeState: async (restored) => {
      state.write(toGraphState(restored, specs));
      steps = restored.step;
    },
    evaluate: inference.evaluate,
    probe: inference.probe,
    dispose: async () => {
      // A resident tensor belongs to the session that made it; freed after its session, it takes the process down.
      await accumulators?.dispose();
      await state.dispose();
      await inference.dispose();
      await gradients?.dispose();
      await update.dispose();
    },
  };
}
