/**
 * The best matrix-product rate of a device, measured with products of a model's own shapes: what a training step could
 * reach if it did nothing else. And the thread count that reaches it, since a busy core can make two threads slower
 * than one.
 */
import { availableParallelism } from 'node:os';
import type { Architecture } from '../../../shared/architecture/document.ts';
import { parameterSpecs } from '../../../shared/methods/languageModel.ts';
import type { Provider } from '../onnx/lower.ts';
import { matMul } from '../trace/arithmetic.ts';
import { GraphBuilder, type Value } from '../trace/graph.ts';
import type { ProgramShape } from '../types.ts';
import { createSession, floatTensor } from './session.ts';

interface Product {
  readonly rows: number; // tokens
  readonly inner: number;
  readonly columns: number;
}

/** The distinct products [N, in] x [in, out] of the model's matrices, largest first. */
function products(architecture: Architecture, { batch, context }: ProgramShape): Product[] {
  const distinct = new Map<string, Product>();
  for (const { name, shape } of parameterSpecs(architecture)) {
    if (shape.length !== 2) continue;
    const [inner, columns] = name === 'embedding.weight' ? [shape[1]!, shape[0]!] : [shape[0]!, shape[1]!];
    distinct.set(`${inner}x${columns}`, { rows: batch * context, inner, columns });
  }
  const flops = ({ inner, columns }: Product) => inner * columns;
  return [...distinct.values()].sort((a, b) => flops(b) - flops(a));
}

/** Best FLOP/s of one product over `repeats` runs. */
async function rateOf(
  product: Product,
  provider: Provider,
  threads: number,
  repeats: number,
): Promise<number> {
  const { rows, inner, columns } = product;
  const builder = new GraphBuilder();
  const a = builder.input('a', [rows, inner], 'float32');
  const b = builder.input('b', [inner, columns], 'float32');
  const outputs = new Map<string, Value>([['y', matMul(builder, a, b)]]);
  const resident = provider === 'webgpu' ? ['y'] : [];
  const session = await createSession(builder.finish(outputs), { provider, threads, resident });
  // Values of ordinary size: zeros and denormals would not run at the usual speed on every device.
  const filled = (count: number) =>
    Float32Array.from({ length: count }, (_, i) => ((i * 7919) % 1009) / 1009 - 0.5);
  const feeds = {
    a: floatTensor(filled(rows * inner), [rows, inner]),
    b: floatTensor(filled(inner * columns), [inner, columns]),
  };
  const target =
    provider === 'webgpu' ? null : floatTensor(new Float32Array(rows * columns), [rows, columns]);
  let best = Number.POSITIVE_INFINITY;
  try {
    for (let repeat = 0; repeat <= repeats; repeat++) {
      const start = performance.now();
      const { y } = await session.run(feeds, { y: target });
      if (repeat > 0) best = Math.min(best, performance.now() - start); // the first run warms up
      if (target === null) y!.dispose();
    }
  } finally {
    await session.dispose();
  }
  return (2 * rows * inner * columns) / (best / 1000);
}

/** FLOP/s. The best of the model's three largest products, each the best of several runs. */
export async function measureRate(
  architecture: Architecture,
  shape: ProgramShape,
  provider: Provider,
  threads: number,
): Promise<number> {
  let best = 0;
  for (const product of products(architecture, shape).slice(0, 3)) {
    best = Math.max(best, await rateOf(product, provider, threads, 7));
  }
  return best;
}

/** Candidates: every core, every second one (cores that share an arithmetic unit), and one. */
function candidates(): number[] {
  const cores = availableParallelism();
  return [...new Set([cores, Math.ceil(cores / 2), 1])];
}

/** The thread count with the best rate right now; ties go to more threads. */
export async function measureThreads(architecture: Architecture, shape: ProgramShape): Promise<number> {
  const product = products(architecture, shape)[0];
  if (!product) return candidates()[0]!;
  let best = { threads: candidates()[0]!, rate: 0 };
  for (const threads of candidates()) {
    // The better of two: a first measurement on cold threads has made one thread look faster than two.
    const rates = [await rateOf(product, 'cpu', threads, 3), await rateOf(product, 'cpu', threads, 3)];
    const rate = Math.max(...rates);
    if (rate > best.rate * 1.05) best = { threads, rate };
  }
  return best.threads;
}
