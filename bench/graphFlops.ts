/** What a compiled training step really multiplies, read from its recorded graph. */
import { recordStep } from '../src/main/engine/step/record.ts';
import { sizeOf } from '../src/main/engine/trace/graph.ts';
import type { Architecture } from '../src/shared/architecture/document.ts';
import { bufferValues } from '../src/shared/methods/languageModel.ts';
import { maximumLikelihood } from '../src/shared/methods/objective.ts';

const settings = {
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  clip: 1,
  objective: maximumLikelihood,
};

/**
 * FLOPs of all matrix products of one training step, 2 per multiply-add. Below the count of the document
 * (`countArchitecture`), which takes attention at full context: blocks of scores that the causal mask hides are not
 * multiplied, and so are not counted as work done.
 */
export function matrixProductFlops(
  architecture: Architecture,
  shape: { readonly batch: number; readonly context: number },
): number {
  const buffers = bufferValues(architecture, new Float64Array(architecture.vocabulary).fill(1));
  const { nodes } = recordStep({ architecture, shape, buffers }, settings);
  return nodes
    .filter((node) => node.op === 'MatMul')
    .reduce((total, node) => {
      const a = node.inputs[0]!.shape;
      const inner = node.attributes.transposeA === true ? a.at(-2)! : a.at(-1)!;
      return total + 2 * sizeOf(node.outputs[0]!.shape) * inner;
    }, 0);
}
