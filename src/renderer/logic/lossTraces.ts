/** Traces of the loss chart: a band of what each bucket held, the raw line faint, the smoothed line, validation points. */
import type { Curve } from '../../shared/run/metrics.ts';
import { hasBand } from './curve.ts';
import { smooth } from './smoothing.ts';

export interface LineTrace {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly role: 'bandLow' | 'bandHigh' | 'raw' | 'smoothed' | 'validation';
}

export function lossTraces(
  name: string,
  train: Curve | undefined,
  validation: Curve | undefined,
  smoothing: number,
): LineTrace[] {
  const traces: LineTrace[] = [];
  if (train !== undefined && train.x.length > 0) {
    if (hasBand(train)) {
      traces.push(
        { name, x: train.x, y: train.min, role: 'bandLow' },
        { name, x: train.x, y: train.max, role: 'bandHigh' },
      );
    }
    if (smoothing > 0) traces.push({ name: `${name}, raw`, x: train.x, y: train.last, role: 'raw' });
    traces.push({
      name: `${name}, training`,
      x: train.x,
      y: smoothing > 0 ? smooth(train.last, smoothing) : train.last,
      role: 'smoothed',
    });
  }
  if (validation !== undefined && validation.x.length > 0) {
    traces.push({ name: `${name}, validation`, x: validation.x, y: validation.last, role: 'validation' });
  }
  return traces;
}
