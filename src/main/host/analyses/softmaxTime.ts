/** The share of a forward pass spent in softmax, in matrix products, and in everything else. */

import { routerSoftmax, type SoftmaxTimeAnalysis, type TimeShare } from '../../../shared/run/analysis.ts';
import type { DeviceName } from '../../../shared/run/configuration.ts';
// The type alone: ONNX Runtime belongs into the training process, never into the host.
import type { InferenceProfile } from '../../engine/probe/profile.ts';
import { type AnalysisParts, runOf } from './subject.ts';

export interface SoftmaxTimeInput {
  readonly run: string;
  readonly step?: number | undefined;
  readonly context?: number | undefined;
  readonly batch: number;
  readonly repeats: number;
  readonly device?: DeviceName | undefined;
}

const method =
  'ONNX Runtime’s profile of its kernels on cpu, one forward pass of the compiled program to the logits, after two runs ' +
  'to warm up; of each kernel the median over the runs, and the sum of kernels is the whole. Other providers cannot be profiled: there the profile times calls ' +
  'that queue kernels. Fused kernels count as what they mostly are.';

const products = /^(MatMul|FusedMatMul|TransposeMatMul|Gemm)/;

export async function analyseSoftmaxTime(
  parts: AnalysisParts,
  input: SoftmaxTimeInput,
  signal?: AbortSignal,
): Promise<SoftmaxTimeAnalysis> {
  const { run, step, batch, repeats, context = null, device = null } = input;
  const checkpoint = await parts.checkpointOf(run, step);
  const request = { kind: 'profile', checkpoint, device, batch, context, repeats } as const;
  const profile = await parts.inference.ask(request, signal);
  const shares = timeShares(profile.operators);
  return { kind: 'softmax-time', ...profile, ...runOf(parts, run, profile.step), ...shares, method };
}

export function timeShares(
  operators: InferenceProfile['operators'],
): Pick<SoftmaxTimeAnalysis, 'softmax' | 'attentionSoftmax' | 'matrixProducts' | 'other' | 'operators'> {
  const sum = (pick: (operator: string) => boolean) =>
    operators.reduce((total, row) => total + (pick(row.operator) ? row.milliseconds : 0), 0);
  const total = sum(() => true);
  const share = (milliseconds: number): TimeShare => ({
    milliseconds,
    share: total === 0 ? 0 : milliseconds / total,
  });
  const attention = sum((operator) => operator === 'Softmax');
  const softmax = attention + sum((operator) => operator === routerSoftmax);
  const matrix = sum((operator) => products.test(operator));
  return {
    softmax: share(softmax),
    attentionSoftmax: share(attention),
    matrixProducts: share(matrix),
    other: share(total - softmax - matrix),
    operators: operators.map(({ operator, milliseconds, calls }) => ({
      operator,
      calls,
      ...share(milliseconds),
    })),
  };
}
