/** The same model code run kernel by kernel on a TensorFlow.js backend: the reference, and the way to tfjs-node-gpu. */
import * as tf from '@tensorflow/tfjs-core';
import type { Architecture } from '../../../shared/architecture/document.ts';
import { FinegrainError } from '../../../shared/errors.ts';
import { forward, parameterSpecs } from '../../../shared/methods/languageModel.ts';
import { createOps } from '../ops/index.ts';
import { tappedLayers } from '../ort/inference.ts';
import { optimiserFeeds } from '../step/adamw.ts';
import { batchFeeds, type CheckedBatch, lossWeights, meanLoss } from '../step/batch.ts';
import { names } from '../step/record.ts';
import { fromGraphState, stateEntries, toGraphState } from '../step/state.ts';
import type {
  Batch,
  ChosenDevice,
  Model,
  OptimiserSettings,
  ProgramShape,
  StepResult,
  TappedLayer,
  Trainer,
} from '../types.ts';

export interface EagerRequest {
  readonly architecture: Architecture;
  readonly shape: ProgramShape;
  readonly device: ChosenDevice;
  readonly settings: OptimiserSettings & { readonly accumulate: number };
}

const ops = createOps();

/** Losses by name as scalars, and gradients by parameter name; null where the loss does not depend on a parameter. */
interface Gradients {
  readonly loss: number;
  readonly totalLoss: number;
  readonly auxiliary: Record<string, number>;
  readonly gradients: Map<string, tf.Tensor | null>;
}

/**
 * Tensors that live from step to step. Every step's other tensors are tidied, so their number is constant.
 * The parameters of the map are those of graphs (`parameter:NAME` and so on).
 */
export function createEagerTrainer(request: EagerRequest): Trainer & Model {
  const { architecture, shape, device, settings } = request;
  const { batch: B, context: T } = shape;
  const specs = parameterSpecs(architecture);
  const entries = stateEntries(specs);
  const state = new Map<string, tf.Tensor>();
  let steps = 0;

  const put = (name: string, tensor: tf.Tensor): void => {
    state.get(name)?.dispose();
    state.set(name, tf.keep(tensor));
  };
  const write = (values: ReadonlyMap<string, Float32Array>): void => {
    for (const { name, shape: size } of entries) {
      put(name, values.has(name) ? tf.tensor(values.get(name)!.slice(), [...size]) : tf.zeros([...size]));
    }
  };
  write(new Map());
  const parameters = (): Record<string, tf.Tensor> =>
    Object.fromEntries(specs.map(({ name }) => [name, state.get(names.parameter(name))!]));
  const ids = (values: Int32Array) => tf.tensor(values, [B * T], 'int32');

  const gradientsOf = (batch: CheckedBatch, weights: Float32Array): Gradients => {
    const terms = new Map<string, tf.Tensor>();
    const own = parameters();
    const result = tf.engine().gradients(
      () => {
        const options = { batch: B, context: T, training: true };
        const { logits, auxiliary } = forward(ops, architecture, own, ids(batch.inputs), options);
        const losses = ops.crossEntropy(logits, ids(batch.targets)) as tf.Tensor;
        const loss = tf.sum(tf.mul(losses, tf.tensor(weights, [B * T])));
        terms.set('', tf.keep(loss));
        let total: tf.Tensor = loss;
        for (const [name, term] of auxiliary) {
          const shared = tf.mul(tf.reshape(term as tf.Tensor, []), 1 / settings.accumulate);
          terms.set(name, tf.keep(shared));
          total = tf.add(total, shared);
        }
        return total;
      },
      specs.map(({ name }) => own[name]!),
      undefined,
      true,
    );
    const auxiliary: Record<string, number> = {};
    for (const [name, tensor] of terms) {
      if (name !== '') auxiliary[name] = tensor.dataSync()[0]!;
    }
    const loss = terms.get('')!.dataSync()[0]!;
    const totalLoss = result.value.dataSync()[0]!;
    for (const tensor of terms.values()) tensor.dispose();
    return {
      loss,
      totalLoss,
      auxiliary,
      gradients: new Map(
        specs.map(({ name }, i) => [name, (result.grads[i] as tf.Tensor | undefined) ?? null]),
      ),
    };
  };

  const update = (gradients: ReadonlyMap<string, tf.Tensor | null>, learningRate: number): number => {
    const { beta1, beta2, clip, weightDecay } = settings;
    const present = [...gradients.values()].filter((gradient) => gradient !== null);
    const norm = Math.sqrt(
      present.reduce((sum, gradient) => sum + tf.sum(tf.square(gradient)).dataSync()[0]!, 0),
    );
    const coefficient = clip > 0 ? Math.min(1, clip / (norm + 1e-6)) : 1;
    const { rate, epsilon, keep } = optimiserFeeds(settings, steps, learningRate);
    for (const { name, decay } of specs) {
      const gradient = gradients.get(name);
      if (!gradient) continue;
      const clipped = tf.mul(gradient, coefficient);
      const parameter = state.get(names.parameter(name))!;
      const first = tf.add(tf.mul(state.get(names.firstMoment(name))!, beta1), tf.mul(clipped, 1 - beta1));
      const second = tf.add(
        tf.mul(state.get(names.secondMoment(name))!, beta2),
        tf.mul(tf.square(clipped), 1 - beta2),
      );
      const direction = tf.div(first, tf.add(tf.sqrt(second), epsilon));
      const kept = decay && weightDecay > 0 ? tf.mul(parameter, keep) : parameter;
      put(names.parameter(name), tf.sub(kept, tf.mul(direction, rate)));
      put(names.firstMoment(name), first);
      put(names.secondMoment(name), second);
    }
    return norm;
  };

  const inference = <R>(
    inputs: Int32Array,
    use: (logits: tf.Tensor) => R,
    tap: ((name: string, make: () => unknown) => void) | null,
  ): R =>
    tf.tidy(() => {
      const options = { batch: B, context: T, training: false, tap };
      return use(
        forward(ops, architecture, parameters(), ids(inputs), options).logits as tf.Tensor,
      ) as tf.TensorContainer;
    }) as R;

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
      const weights = lossWeights(checked, B * T);
      steps += 1;
      const result = { value: null as StepResult | null };
      tf.tidy(() => {
        let [loss, totalLoss] = [0, 0];
        const auxiliary: Record<string, number> = {};
        const sums = new Map<string, tf.Tensor | null>();
        checked.forEach((batch, i) => {
          const part = gradientsOf(batch, weights[i]!);
          loss += part.loss;
          totalLoss += part.totalLoss;
          for (const [name, term] of Object.entries(part.auxiliary))
            auxiliary[name] = (auxiliary[name] ?? 0) + term;
          for (const [name, gradient] of part.gradients) {
            const sum = sums.get(name);
            sums.set(name, sum && gradient ? tf.add(sum, gradient) : (sum ?? gradient));
          }
        });
        const gradientNorm = update(sums, learningRate);
        result.value = { loss, totalLoss, auxiliary, gradientNorm };
      });
      return result.value!;
    },
    readState: async () => {
      const arrays = new Map<string, Float32Array>();
      for (const [name, tensor] of state) arrays.set(name, ((await tensor.data()) as Float32Array).slice());
      return fromGraphState(arrays, specs, steps);
    },
    writeState: async (restored) => {
      write(toGraphState(restored, specs));
      steps = restored.step;
    },
    evaluate: async (batch: Batch) => {
      const { inputs, targets, mask } = batchFeeds(batch, architecture, shape);
      const losses = inference(
        inputs,
        (logits) => (ops.crossEntropy(logits, ids(targets)) as tf.Tensor).dataSync().slice() as Float32Array,
        null,
      );
      return { losses, loss: meanLoss(losses, mask) };
    },
    probe: async (batch: Batch): Promise<TappedLayer[]> => {
      const { inputs } = batchFeeds(batch, architecture, shape);
      const taps: Array<{ name: string; shape: number[]; values: Float32Array }> = [];
      inference(
        inputs,
        () => 0,
        (name, make) => {
          const tensor = make() as tf.Tensor;
          taps.push({ name, shape: [...tensor.shape], values: tensor.dataSync().slice() as Float32Array });
        },
      );
      return tappedLayers(taps);
    },
    logits: async (inputs) => {
      const checked = batchFeeds({ inputs, targets: inputs }, architecture, shape);
      return inference(checked.inputs, (logits) => logits.dataSync().slice() as Float32Array, null);
    },
    dispose: async () => {
      for (const tensor of state.values()) tensor.dispose();
      state.clear();
    },
  };
}
