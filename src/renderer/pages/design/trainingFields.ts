/** The numeric settings of a run, in the order in which the Train panel shows them. */
import type { FieldHelp } from '../../../shared/methods/method.ts';
import type { RunConfiguration } from '../../../shared/run/configuration.ts';
import type { NumberBounds } from '../../logic/numberInput.ts';

type NumericKey = {
  [Key in keyof RunConfiguration]: RunConfiguration[Key] extends number | null ? Key : never;
}[keyof RunConfiguration];

export interface NumberSetting {
  readonly name: NumericKey;
  readonly help: FieldHelp;
  readonly bounds: NumberBounds;
  /** What a null means here, shown until another value is typed. */
  readonly whenNull: (configuration: RunConfiguration, documentContext: number) => number;
}

const none = () => 0;
const count = (minimum: number, maximum: number | null = null): NumberBounds => ({
  integer: true,
  minimum,
  maximum,
});
const real = (minimum: number, maximum: number | null = null): NumberBounds => ({
  integer: false,
  minimum,
  maximum,
});

function setting(
  name: NumericKey,
  label: string,
  symbol: string | null,
  help: string,
  bounds: NumberBounds,
  whenNull: NumberSetting['whenNull'] = none,
): NumberSetting {
  return { name, help: symbol === null ? { label, help } : { label, symbol, help }, bounds, whenNull };
}

export const mainFields: readonly NumberSetting[] = [
  setting('steps', 'Steps', null, 'Optimiser steps.', count(1)),
  setting('batch', 'Batch', 'B', 'Sequences in one micro-batch.', count(1)),
  setting(
    'context',
    'Context',
    'T',
    'Tokens of one training sequence; at most the context of the document.',
    count(2),
    (_, context) => context,
  ),
  setting('learningRate', 'Learning rate', 'eta', 'Peak of the schedule.', real(1e-9)),
  setting(
    'seed',
    'Seed',
    null,
    'Of initial weights and data order: the same seed gives the same run.',
    count(0),
  ),
];

export const advancedFields: readonly NumberSetting[] = [
  setting(
    'warmup',
    'Warm-up steps',
    null,
    'Steps in which the learning rate rises from 0.',
    count(0),
    ({ steps }) => Math.min(100, Math.round(steps * 0.05)),
  ),
  setting('minimumRatio', 'Final learning rate', null, 'As a share of the peak (cosine, wsd).', real(0, 1)),
  setting(
    'decayShare',
    'Decay share',
    null,
    'wsd: share of the steps spent decaying at the end.',
    real(0, 1),
  ),
  setting('accumulate', 'Accumulate', null, 'Micro-batches summed into one optimiser step.', count(1)),
  setting('weightDecay', 'Weight decay', 'lambda', 'Decoupled (AdamW), on weight matrices.', real(0)),
  setting('clip', 'Gradient clip', null, 'Limit of the global gradient norm; 0 switches it off.', real(0)),
  setting('beta1', 'First moment', 'beta_1', 'Decay of the first moment of AdamW.', real(0, 0.9999)),
  setting('beta2', 'Second moment', 'beta_2', 'Decay of the second moment of AdamW.', real(0, 0.99999)),
  setting(
    'evaluateEvery',
    'Validate every',
    null,
    'Steps between validations; 0: only at the end.',
    count(0),
  ),
  setting('evaluateBatches', 'Validation batches', null, 'Micro-batches of one validation.', count(1)),
  setting(
    'checkpointEvery',
    'Checkpoint every',
    null,
    'Steps between checkpoints; 0: only at the end.',
    count(0),
  ),
  setting(
    'keepCheckpoints',
    'Checkpoints kept',
    null,
    'Beside the final one; older ones are removed.',
    count(2),
  ),
  setting(
    'probeEvery',
    'Probe every',
    null,
    'Steps between probes of sparsity and routing; 0: never.',
    count(0),
  ),
  setting(
    'spikeDeviations',
    'Spike limit',
    null,
    'Stop when the loss exceeds its running mean by this many deviations, three steps in a row; 0 switches it off.',
    real(0),
  ),
  setting('threads', 'CPU threads', null, '0: chosen by measurement.', count(0)),
];
