/**
 * The programs of a model as recorded graphs: the training step, its halves for gradient accumulation, and inference
 * (losses, taps, logits). Names of inputs and outputs are in `names`; N = B*T tokens.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Architecture } from '../../../shared/architecture/document.ts';
import { forward, parameterSpecs } from '../../../shared/methods/languageModel.ts';
import type { ParameterSpec } from '../../../shared/methods/method.ts';
import { createOps } from '../ops/index.ts';
import { type Recorder, record } from '../trace/backend.ts';
import '../trace/kernels.ts';
import { binary } from '../trace/arithmetic.ts';
import type { Graph, Value } from '../trace/graph.ts';
import type { OptimiserSettings, ProgramShape } from '../types.ts';
import { emitAdamW, emitClipping, optimiserInputs } from './adamw.ts';

export const names = {
  inputs: 'inputs', // int32 [N]
  targets: 'targets', // int32 [N]
  /** mask / (counted positions of all micro-batches), float32 [N]: the weighted sum of losses is their mean. */
  weights: 'weights',
  /** 1 / micro-batches, float32 []: the weight of one micro-batch's auxiliary terms. Only when accumulating. */
  auxiliaryWeight: 'auxiliaryWeight',
  parameter: (name: string) => `parameter:${name}`,
  firstMoment: (name: string) => `firstMoment:${name}`,
  secondMoment: (name: string) => `secondMoment:${name}`,
  accumulator: (name: string) => `accumulator:${name}`,
  /** The state output that takes the place of state input `name` at the next step. */
  next: (name: string) => `next:${name}`,
  loss: 'loss',
  totalLoss: 'totalLoss',
  gradientNorm: 'gradientNorm',
  auxiliary: (name: string) => `auxiliary:${name}`,
  losses: 'losses', // float32 [N]
  logits: 'logits', // float32 [N, V]
  tap: (name: string) => `tap:${name}`,
};

const ops = createOps();

function parameterInputs(recorder: Recorder, specs: readonly ParameterSpec[]): Record<string, tf.Tensor> {
  return Object.fromEntries(
    specs.map((spec) => [spec.name, recorder.input(names.parameter(spec.name), spec.shape, 'float32')]),
  );
}

interface RecordedGradients {
  readonly outputs: Map<string, Value>;
  /** By parameter name; absent where the loss does not depend on the parameter. */
  readonly gradients: Map<string, Value>;
}

/** Forward and backward of one micro-batch. Loss outputs are this micro-batch's share of the step's loss. */
function recordGradients(
  recorder: Recorder,
  architecture: Architecture,
  { batch, context }: ProgramShape,
  parameters: Record<string, tf.Tensor>,
  accumulating: boolean,
): RecordedGradients {
  const tokens = batch * context;
  const inputs = recorder.input(names.inputs, [tokens], 'int32');
  const targets = recorder.input(names.targets, [tokens], 'int32');
  const weights = recorder.input(names.weights, [tokens], 'float32');
  const share = accumulating ? recorder.input(names.auxiliaryWeight, [], 'float32') : null;
  const outputs = new Map<string, Value>();
  const parameterNames = Object.keys(parameters);

  const result = tf.engine().gradients(
    () => {
      const { logits, auxiliary } = forward(ops, architecture, parameters, inputs, {
        batch,
        context,
        training: true,
      });
      const loss = tf.sum(tf.mul(ops.crossEntropy(logits, targets) as tf.Tensor, weights));
      outputs.set(names.loss, recorder.recorded(loss));
      let total: tf.Tensor = loss;
      for (const [name, term] of auxiliary) {
        const scalar = tf.reshape(term as tf.Tensor, []);
        const shared = share ? tf.mul(scalar, share) : scalar;
        outputs.set(names.auxiliary(name), recorder.recorded(shared));
        total = tf.add(total, shared);
      }
      outputs.set(names.totalLoss, recorder.recorded(total));
      return total;
    },
    parameterNames.map((name) => parameters[name]!),
    undefined,
    true,
  );
  const gradients = new Map<string, Value>();
  parameterNames.forEach((name, i) => {
    const gradient = result.grads[i] as tf.Tensor | null | undefined;
    if (gradient) gradients.set(name, recorder.recorded(gradient));
  });
  return { outputs, gradients };
}

/** One optimiser step on one micro-batch as one graph. */
export function recordStep(
  architecture: Architecture,
  shape: ProgramShape,
  settings: OptimiserSettings,
): Graph {
  const specs = parameterSpecs(architecture);
  return record((recorder) => {
    const parameters = parameterInputs(recorder, specs);
    const { outputs, gradients } = recordGradients(recorder, architecture, shape, parameters, false);
    emitUpdate(recorder, specs, parameters, gradients, settings, outputs);
    return outputs;
  });
}

/** Adds one micro-batch's gradients to the accumulators. */
export function recordAccumulation(architecture: Architecture, shape: ProgramShape): Graph {
  const specs = parameterSpecs(architecture);
  return record((recorder) => {
    const parameters = parameterInputs(recorder, specs);
    const { outputs, gradients } = recordGradients(recorder, architecture, shape, parameters, true);
    for (const spec of specs) {
      const gradient = gradients.get(spec.name);
      const accumulator = names.accumulator(spec.name);
      const sum = recorder.builder.input(accumulator, spec.shape, 'float32');
      outputs.set(names.next(accumulator), gradient ? binary(recorder.builder, 'Add', sum, gradient) : sum);
    }
    return outputs;
  });
}

/** The optimiser step on accumulated gradients. */
export function recordApplication(architecture: Architecture, settings: OptimiserSettings): Graph {
  const specs = parameterSpecs(architecture);
  return record((recorder) => {
    const parameters = parameterInputs(recorder, specs);
    const gradients = new Map<string, Value>();
    for (const spec of specs) {
      gradients.set(spec.name, recorder.builder.input(names.accumulator(spec.name), spec.shape, 'float32'));
    }
    const outputs = new Map<string, Value>();
    emitUpdate(recorder, specs, parameters, gradients, settings, outputs);
    return outputs;
  });
}

/** Clipping and AdamW. A parameter without a gradient stays as it is, moments included, as in PyTorch. */
function emitUpdate(
  recorder: Recorder,
  specs: readonly ParameterSpec[],
  parameters: Record<string, tf.Tensor>,
  gradients: ReadonlyMap<string, Value>,
  settings: OptimiserSettings,
  outputs: Map<string, Value>,
): void {
  const { builder } = recorder;
  const { norm, coefficient } = emitClipping(builder, [...gradients.values()], settings.clip);
  outputs.set(names.gradientNorm, norm);
  const scalars = optimiserInputs(builder, coefficient, settings);
  for (const spec of specs) {
    const { name, shape, decay } = spec;
    const parameter = recorder.recorded(parameters[name]!);
    const first = builder.input(names.firstMoment(name), shape, 'float32');
    const second = builder.input(names.secondMoment(name), shape, 'float32');
    const gradient = gradients.get(name);
    const updated = gradient
      ? emitAdamW(
          builder,
          { parameter, first, second, gradient, decay: decay && settings.weightDecay > 0 },
          scalars,
        )
      : { parameter, first, second };
    outputs.set(names.next(names.parameter(name)), updated.parameter);
    outputs.set(names.next(names.firstMoment(name)), updated.first);
    outputs.set(names.next(names.secondMoment(name)), updated.second);
  }
}

export type InferenceKind = 'evaluate' | 'probe' | 'logits';

/** The forward pass with training off: losses per position, or taps of every layer, or logits. */
export function recordInference(
  architecture: Architecture,
  { batch, context }: ProgramShape,
  kind: InferenceKind,
): Graph {
  const specs = parameterSpecs(architecture);
  return record((recorder) => {
    const parameters = parameterInputs(recorder, specs);
    const tokens = batch * context;
    const inputs = recorder.input(names.inputs, [tokens], 'int32');
    const outputs = new Map<string, Value>();
    const tap =
      kind === 'probe'
        ? (name: string, make: () => unknown) => {
            outputs.set(names.tap(name), recorder.recorded(make() as tf.Tensor));
          }
        : null;
    const { logits } = forward(ops, architecture, parameters, inputs, {
      batch,
      context,
      training: false,
      tap,
    });
    if (kind === 'logits') outputs.set(names.logits, recorder.recorded(logits as tf.Tensor));
    if (kind === 'evaluate') {
      const targets = recorder.input(names.targets, [tokens], 'int32');
      outputs.set(names.losses, recorder.recorded(ops.crossEntropy(logits, targets) as tf.Tensor));
    }
    return outputs;
  });
}
