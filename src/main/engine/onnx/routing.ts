/** Lowerings of the routing operations (`ops/routing.ts`). */
import { binary, concat, expand, reduce, reshape } from '../trace/arithmetic.ts';
import type { Value } from '../trace/graph.ts';
import type { Site } from './site.ts';

const lowest = -3.4e38;

/**
 * On the CPU the order of each row by TopK (which puts the lower index first among equals), turned around by a scatter.
 * Elsewhere by comparing all pairs of a row: GPU kernels of TopK promise no order among equals.
 *
 * TopK sorts, and a sort that meets NaN may read past its row. Scores are NaN once a run has diverged, which must end in
 * an error that says so, not in a dead process: NaN counts as the lowest number.
 */
export function lowerRanks({ builder, provider, inputs }: Site): Value[] {
  const scores = inputs[0]!;
  const [tokens, experts] = scores.shape as [number, number];
  if (provider === 'cpu') {
    const outputs = [{ shape: scores.shape }, { shape: scores.shape, type: 'int64' as const }];
    const diverged = builder.one('IsNaN', [scores], scores.shape, {}, 'bool');
    const sortable = builder.one('Where', [diverged, builder.scalar(lowest), scores], scores.shape);
    const order = builder.emit('TopK', [sortable], outputs, {
      axis: 1,
      largest: 1,
      sorted: 1,
      k: [experts],
    })[1]!;
    const places = builder.constant(
      Float32Array.from({ length: experts }, (_, i) => i),
      [1, experts],
      'float32',
    );
    const zeros = expand(builder, builder.scalar(0), scores.shape);
    const updates = expand(builder, places, scores.shape);
    return [builder.one('ScatterElements', [zeros, order, updates], scores.shape, { axis: 1 })];
  }
  const other = reshape(builder, scores, [tokens, 1, experts]);
  const self = reshape(builder, scores, [tokens, experts, 1]);
  const asFloat = (x: Value) => builder.one('Cast', [x], x.shape, { to: 'float32' });
  const ahead = asFloat(binary(builder, 'Greater', other, self));
  const equal = asFloat(binary(builder, 'Equal', other, self));
  const lowerIndex = Float32Array.from({ length: experts * experts }, (_, i) =>
    i % experts < Math.floor(i / experts) ? 1 : 0,
  );
  const counts = builder.constant(lowerIndex, [experts, experts], 'float32');
  const before = binary(builder, 'Add', ahead, binary(builder, 'Mul', equal, counts));
  return [reduce(builder, 'ReduceSum', before, [2], false)];
}

/** A row of zeros is put below the table, for the index that stands for no row. */
export function lowerGatherRowsOrZero({ builder, inputs, node }: Site): Value[] {
  const [table, ids] = inputs as [Value, Value];
  const zeros = expand(builder, builder.scalar(0), [1, table.shape[1]!]);
  const padded = concat(builder, [table, zeros], 0);
  return [builder.one('Gather', [padded, ids], node.outputs[0]!.shape, { axis: 0 })];
}
