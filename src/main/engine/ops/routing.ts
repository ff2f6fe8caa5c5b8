/**
 * Routing of tokens to experts under a fixed capacity. A graph of fixed shapes cannot hold lists of varying length, so
 * every expert has C slots and two integer tables say who sits where; data then moves by gathers only, forward and
 * backward. Axes: N tokens, E experts, C slots of an expert, K choices of a token at most, d width.
 */
import * as tf from '@tensorflow/tfjs-core';
import { FinegrainError } from '../../../shared/errors.ts';
import type { Dispatch } from '../../../shared/methods/ops.ts';
import { detach, fused, withGradient } from './fused.ts';

/** The engine's dispatch also knows the way back from a choice, which the gradient of `weightsToSlots` takes. */
interface RoutedDispatch extends Dispatch {
  /** int32 [N*E]: the slot of token n at expert e; E*C where it has none. */
  readonly slotOfPair: tf.Tensor;
}

/** Integers up to here are exact in float32, in which slots and tokens are counted. */
const largestExact = 2 ** 24;

/** Place of each value in its row, descending; the lower index first among equals. scores_NE -> float32 [N, E]. */
export function ranks(scores: tf.Tensor): tf.Tensor {
  const own = detach(scores);
  const [tokens, experts] = own.shape as [number, number];
  return fused('Ranks', { scores: own }, {}, () => {
    // rank_i = #{j: s_j > s_i} + #{j < i: s_j = s_i}
    const other = tf.reshape(own, [tokens, 1, experts]);
    const self = tf.reshape(own, [tokens, experts, 1]);
    const ahead = tf.cast(tf.greater(other, self), 'float32');
    const equal = tf.cast(tf.equal(other, self), 'float32');
    return tf.sum(tf.add(ahead, tf.mul(equal, lowerIndex(experts))), 2);
  });
}

/** 1 where column < row. */
function lowerIndex(size: number): tf.Tensor {
  const values = new Float32Array(size * size);
  for (let row = 0; row < size; row++) values.fill(1, row * size, row * size + row);
  return tf.tensor(values, [size, size]);
}

function counting(count: number, step: number, shape: [number, number]): tf.Tensor {
  return tf.tensor(
    Float32Array.from({ length: count }, (_, i) => i * step),
    shape,
  );
}

/** A table of `size` numbers: values_M at indices_M, `empty` where no index points. Index `size` discards its value. */
function placeAt(indices: tf.Tensor, values: tf.Tensor, size: number, empty: number): tf.Tensor {
  const table = fused('PlaceAt', { indices, values }, { size: size + 1, empty }, () => {
    // scatterND adds, but all kept indices are distinct; sums arise only in the last place, which is cut off.
    const rows = tf.reshape(indices, [-1, 1]);
    return tf.add(tf.scatterND(rows, tf.sub(values, empty), [size + 1]), empty);
  });
  return tf.cast(tf.slice(table, [0], [size]), 'int32');
}

/** Slots for the choices of chosen_NE, first come first served in order of tokens. See `Ops.dispatch`. */
export function dispatch(chosen: tf.Tensor, most: number, capacity: number): RoutedDispatch {
  const own = detach(chosen);
  const [tokens, experts] = own.shape as [number, number];
  const slots = experts * capacity;
  checkSizes(tokens, experts, most, capacity);
  const position = tf.cumsum(own, 0, true); // choices of the same expert by earlier tokens
  const fits = tf.mul(own, tf.cast(tf.less(position, capacity), 'float32'));
  const place = tf.cumsum(fits, 1, true); // which of its token's choices it is
  const kept = tf.mul(fits, tf.cast(tf.less(place, most), 'float32'));

  // `whole + kept * (x - whole)` is x for kept choices and `whole`, the place that is cut off, for all others.
  const firstSlot = counting(experts, capacity, [1, experts]);
  const slot = tf.add(tf.mul(kept, tf.add(position, tf.sub(firstSlot, slots))), slots);
  const firstChoice = counting(tokens, most, [tokens, 1]);
  const choice = tf.add(tf.mul(kept, tf.add(place, tf.sub(firstChoice, tokens * most))), tokens * most);
  const token = tf.broadcastTo(counting(tokens, 1, [tokens, 1]), [tokens, experts]);

  const flat = (x: tf.Tensor) => tf.reshape(x, [tokens * experts]);
  const slotOfPair = tf.cast(flat(slot), 'int32');
  return {
    tokens,
    experts,
    capacity,
    most,
    tokenOfSlot: placeAt(slotOfPair, flat(token), slots, tokens),
    slotOfChoice: placeAt(tf.cast(flat(choice), 'int32'), flat(slot), tokens * most, slots),
    slotOfPair,
    kept,
    dropped: tf.sub(tf.sum(own), tf.sum(kept)),
  };
}

function checkSizes(tokens: number, experts: number, most: number, capacity: number): void {
  for (const [name, value] of Object.entries({ most, capacity })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new Error(`dispatch: ${name} is ${value}; it must be a whole number from 1`);
    }
  }
  if (experts * capacity >= largestExact || tokens * most >= largestExact) {
    throw new FinegrainError(
      'configuration.invalid',
      `${experts} experts of ${capacity} slots for ${tokens} tokens: slots are counted in float32, exact below 2^24.`,
      'Use a smaller micro-batch, a smaller capacity factor, or dispatch "dense".',
    );
  }
}

/** Rows of table_Rd at ids_M; id R gives a row of zeros. Has no gradient: call it inside a custom one. */
function rowsOrZero(table: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  return fused('GatherRowsOrZero', { table, ids }, {}, () =>
    tf.gather(
      tf.pad(table, [
        [0, 1],
        [0, 0],
      ]),
      ids,
    ),
  );
}

/** What a dispatch's gathers need, in the order in which they are saved for the gradient. */
function tables(by: Dispatch): [tf.Tensor, tf.Tensor] {
  return [by.tokenOfSlot as tf.Tensor, by.slotOfChoice as tf.Tensor];
}

function gatherSlots(x: tf.Tensor, tokenOfSlot: tf.Tensor, by: Dispatch): tf.Tensor {
  return tf.reshape(rowsOrZero(x, tokenOfSlot), [by.experts, by.capacity, x.shape[1]!]);
}

function gatherChoices(y: tf.Tensor, slotOfChoice: tf.Tensor, by: Dispatch): tf.Tensor {
  const width = y.shape[2]!;
  const rows = rowsOrZero(tf.reshape(y, [by.experts * by.capacity, width]), slotOfChoice);
  return tf.sum(tf.reshape(rows, [by.tokens, by.most, width]), 1);
}

/** x_Nd -> [E, C, d]. dx_n = sum of dy over the slots of token n. */
export function toSlots(x: tf.Tensor, by: Dispatch): tf.Tensor {
  return withGradient(
    [x],
    (save) => {
      save(...tables(by));
      return gatherSlots(x, by.tokenOfSlot as tf.Tensor, by);
    },
    (dy, saved) => gatherChoices(dy, saved[1]!, by),
  );
}

/** y_ECd -> [N, d]. dy of a slot is that of its token. */
export function fromSlots(y: tf.Tensor, by: Dispatch): tf.Tensor {
  return withGradient(
    [y],
    (save) => {
      save(...tables(by));
      return gatherChoices(y, by.slotOfChoice as tf.Tensor, by);
    },
    (dy, saved) => gatherSlots(dy, saved[0]!, by),
  );
}

/** weight_NE -> [E, C, 1]: of the pair (token of the slot, expert of the slot). */
export function weightsToSlots(weight: tf.Tensor, by: Dispatch): tf.Tensor {
  const { tokens, experts, capacity } = by;
  const slotOfPair = (by as RoutedDispatch).slotOfPair;
  return withGradient(
    [weight],
    (save) => {
      save(slotOfPair);
      // token * E + expert; the token of an empty slot is N, which is cut down to the row of zeros, N*E.
      const expert = tf.tensor(
        Int32Array.from({ length: experts * capacity }, (_, slot) => Math.floor(slot / capacity)),
        [experts * capacity],
        'int32',
      );
      const pair = tf.add(tf.mul(by.tokenOfSlot as tf.Tensor, tf.scalar(experts, 'int32')), expert);
      const ids = tf.minimum(pair, tf.scalar(tokens * experts, 'int32'));
      const rows = rowsOrZero(tf.reshape(weight, [tokens * experts, 1]), ids);
      return tf.reshape(rows, [experts, capacity, 1]);
    },
    (dy, saved) => {
      const rows = rowsOrZero(tf.reshape(dy, [experts * capacity, 1]), saved[0]!);
      return tf.reshape(rows, [tokens, experts]);
    },
  );
}
