/**
 * The programs of a model as recorded graphs: the training step, its halves for gradient accumulation, and inference
 * (losses, taps, logits). Names of inputs and outputs are in `names`; N = B*T tokens.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Architecture } from '../../../shared/architecture/document.ts';
import {
  bufferSpecs,
  type ForwardOptions,
  forward,
  parameterSpecs,
} from '../../../shared/methods/languageModel.ts';
import type { DisabledTop1, ParameterSpec } from '../../../shared/methods/method.ts';
import type { Objective } from '../../../shared/methods/objective.ts';
import { createOps } from '../ops/index.ts';
import { type Recorder, record } from '../trace/backend.ts';
import '../trace/kernels.ts';
import { binary } from '../trace/arithmetic.ts';
import type { Graph, Value } from '../trace/graph.ts';
import type { OptimiserSettings, ProbeKind, ProgramSource } from '../types.ts';
import { emitAdamW, emitClipping, optimiserInputs } from './adamw.ts';
import { checkedArray } from './arrays.ts';
import { lossTerms } from './loss.ts';
import { noiseName } from './noise.ts';
import { kindOfTap } from './taps.ts';

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
  /** Only where it is not the loss. */
  objective: 'objective',
  totalLoss: 'totalLoss',
  gradientNorm: 'gradientNorm',
  auxiliary: (name: string) => `auxiliary:${name}`,
  report: (name: string) => `report:${name}`,
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

/** Buffers as constants and random numbers as inputs, each made when the model asks for it. */
function recordedSources(
  recorder: Recorder,
  { architecture, buffers }: ProgramSource,
): Pick<ForwardOptions, 'buffers' | 'uniform'> {
  const specs = new Map(bufferSpecs(architecture).map((spec) => [spec.name, spec]));
  const made = new Map<string, tf.Tensor>();
  let draws = 0;
  return {
    buffers: (name) => {
      const spec = specs.get(name);
      if (!spec) throw new Error(`The model reads the buffer "${name}", which bufferSpecs does not list.`);
      const tensor = made.get(name) ?? tf.tensor(checkedArray(buffers, spec), [...spec.shape]);
      made.set(name, tensor);
      return tensor;
    },
    uniform: (shape) => recorder.input(noiseName(draws++), shape, 'float32'),
  };
}

interface RecordedGradients {
  readonly outputs: Map<string, Value>;
  /** By parameter name; absent where the loss does not depend on the parameter. */
  readonly gradients: Map<string, Value>;
}

/** Forward and backward of one micro-batch. Loss outputs are this micro-batch's share of the step's loss. */
function recordGradients(
  recorder: Recorder,
  source: ProgramSource,
  objective: Objective,
  parameters: Record<string, tf.Tensor>,
  accumulating: boolean,
): RecordedGradients {
  const { batch, context } = source.shape;
  const tokens = batch * context;
  const inputs = recorder.input(names.inputs, [tokens], 'int32');
  const targets = recorder.input(names.targets, [tokens], 'int32');
  const weights = recorder.input(names.weights, [tokens], 'float32');
  const share = accumulating ? recorder.input(names.auxiliaryWeight, [], 'float32') : null;
  const outputs = new Map<string, Value>();
  const output = (name: string, tensor: tf.Tensor) => outputs.set(name, recorder.recorded(tensor));
  const parameterNames = Object.keys(parameters);

  const result = tf.engine().gradients(
    () => {
      const options = { batch, context, training: true, ...recordedSources(recorder, source) };
      const result = forward(ops, source.architecture, parameters, inputs, options);
      const terms = lossTerms(ops, result, objective, targets, weights, share);
      output(names.loss, terms.loss);
      if (terms.objective !== terms.loss) output(names.objective, terms.objective);
      for (const [name, term] of terms.auxiliary) output(names.auxiliary(name), term);
      for (const [name, value] of terms.reports) output(names.report(name), value);
      output(names.totalLoss, terms.total);
      return terms.total;
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
  source: ProgramSource,
  settings: OptimiserSettings & { readonly objective: Objective },
): Graph {
  const specs = parameterSpecs(source.architecture);
  return record((recorder) => {
    const parameters = parameterInputs(recorder, specs);
    const { outputs, gradients } = recordGradients(recorder, source, settings.objective, parameters, false);
    emitUpdate(recorder, specs, parameters, gradients, settings, outputs);
    return outputs;
  });
}

/** Adds one micro-batch's gradients to the accumulators. */
export function recordAccumulation(
  source: ProgramSource,
  { objective }: { readonly objective: Objective },
): Graph {
  const specs = parameterSpecs(source.architecture);
  return record((recorder) => {
    const parameters = parameterInputs(recorder, specs);
    const { outputs, gradients } = recordGradients(recorder, source, objective, parameters, true);
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

/** Which forward program with training off. */
export type InferenceProgram =
  | { readonly kind: 'evaluate'; readonly disableTop1: DisabledTop1 }
  | { readonly kind: 'probe'; readonly taps: ProbeKind }
  | { readonly kind: 'logits' };

/** The forward pass with training off: losses per position, or one kind of taps of every layer, or logits. */
export function recordInference(source: ProgramSource, program: InferenceProgram): Graph {
  const specs = parameterSpecs(source.architecture);
  return record((recorder) => {
    const parameters = parameterInputs(recorder, specs);
    const { batch, context } = source.shape;
    const tokens = batch * context;
    const inputs = recorder.input(names.inputs, [tokens], 'int32');
    const outputs = new Map<string, Value>();
    const output = (name: string, tensor: unknown) =>
      outputs.set(name, recorder.recorded(tensor as tf.Tensor));
    const { logits } = forward(ops, source.architecture, parameters, inputs, {
      batch,
      context,
      training: false,
      tap:
        program.kind === 'probe'
          ? (name, make) => {
              if (kindOfTap(name) === program.taps) output(names.tap(name), make());
            }
          : null,
      disableTop1: program.kind === 'evaluate' ? program.disableTop1 : 'none',
      ...recordedSources(recorder, source),
    });
    if (program.kind === 'logits') output(names.logits, logits);
    if (program.kind === 'evaluate') {
      const targets = recorder.input(names.targets, [tokens], 'int32');
      output(names.losses, ops.crossEntropy(logits, targets));
    }
    return outputs;
  });
}
