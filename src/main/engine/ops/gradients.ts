/**
 * Gradients of the core kernels that model code reaches. tfjs-core ships its gradients only inside the
 * `@tensorflow/tfjs` union package; these are ours, written so that a recorded graph holds no needless node: a
 * broadcast is undone by one sum, a sum is undone by one broadcast, nothing multiplies by ones.
 */
import * as tf from '@tensorflow/tfjs-core';

type Saved = tf.Tensor[];

/** Sums dy over the axes along which an input of shape `shape` was broadcast. */
function unbroadcast(dy: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const missing = dy.rank - shape.length;
  const axes = dy.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < missing || shape[axis - missing] !== dy.shape[axis]);
  if (axes.length === 0) return dy;
  return tf.reshape(tf.sum(dy, axes), [...shape]);
}

type Binary = (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** A binary kernel with its gradients towards a and b before broadcasting is undone. */
function binary(kernelName: string, towardsA: Binary, towardsB: Binary): void {
  tf.registerGradient({
    kernelName,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved) => {
      const [a, b] = saved as [tf.Tensor, tf.Tensor];
      const grad = dy as tf.Tensor;
      return {
        a: () => unbroadcast(towardsA(grad, a, b), a.shape),
        b: () => unbroadcast(towardsB(grad, a, b), b.shape),
      };
    },
  });
}

/** A unary kernel; `from` says whether its gradient needs the input or the output. */
function unary(
  kernelName: string,
  from: 'input' | 'output',
  towards: (dy: tf.Tensor, saved: tf.Tensor) => tf.Tensor,
): void {
  tf.registerGradient({
    kernelName,
    ...(from === 'input' ? { inputsToSave: ['x'] } : { outputsToSave: [true] }),
    gradFunc: (dy, saved) => ({ x: () => towards(dy as tf.Tensor, (saved as Saved)[0]!) }),
  });
}

/** tfjs-node brings TensorFlow.js' own gradients along when it is loaded; call this again after that. */
export function registerGradients(): void {
  binary(
    'Add',
    (dy) => dy,
    (dy) => dy,
  );
  binary(
    'Sub',
    (dy) => dy,
    (dy) => tf.neg(dy),
  );
  binary(
    'Multiply',
    (dy, _a, b) => tf.mul(dy, b),
    (dy, a) => tf.mul(dy, a),
  );
  binary(
    'RealDiv',
    (dy, _a, b) => tf.div(dy, b),
    (dy, a, b) => tf.neg(tf.div(tf.mul(dy, a), tf.mul(b, b))),
  );
  binary(
    'Maximum',
    (dy, a, b) => tf.mul(dy, tf.cast(tf.greaterEqual(a, b), 'float32')),
    (dy, a, b) => tf.mul(dy, tf.cast(tf.less(a, b), 'float32')),
  );

  unary('Neg', 'input', (dy) => tf.neg(dy));
  unary('Identity', 'input', (dy) => dy);
  unary('Exp', 'output', (dy, y) => tf.mul(dy, y));
  unary('Log', 'input', (dy, x) => tf.div(dy, x));
  unary('Sqrt', 'output', (dy, y) => tf.div(tf.mul(dy, 0.5), y));
  unary('Square', 'input', (dy, x) => tf.mul(tf.mul(dy, 2), x));
  unary('Sigmoid', 'output', (dy, y) => tf.mul(tf.mul(dy, y), tf.sub(1, y)));
  unary('Reshape', 'input', (dy, x) => tf.reshape(dy, x.shape));

  tf.registerGradient({
    kernelName: 'Cast',
    gradFunc: (dy) => ({ x: () => tf.clone(dy as tf.Tensor) }),
  });

  tf.registerGradient({
    kernelName: 'Softmax',
    outputsToSave: [true],
    gradFunc: (dy, saved) => {
      const y = (saved as Saved)[0]!;
      const grad = dy as tf.Tensor;
      return { logits: () => tf.mul(y, tf.sub(grad, tf.sum(tf.mul(grad, y), -1, true))) };
    },
  });

  tf.registerGradient({
    kernelName: 'BatchMatMul',
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved, attributes) => {
      const [a, b] = saved as [tf.Tensor, tf.Tensor];
      const grad = dy as tf.Tensor;
      const { transposeA, transposeB } = attributes as unknown as {
        transposeA: boolean;
        transposeB: boolean;
      };
      return {
        a: () => (transposeA ? tf.matMul(b, grad, transposeB, true) : tf.matMul(grad, b, false, !transposeB)),
        b: () => (transposeB ? tf.matMul(grad, a, true, transposeA) : tf.matMul(a, grad, !transposeA, false)),
      };
    },
  });

  tf.registerGradient({
    kernelName: 'Transpose',
    gradFunc: (dy, _saved, attributes) => {
      const { perm } = attributes as unknown as { perm: number[] };
      const inverse = perm.map((_, axis) => perm.indexOf(axis));
      return { x: () => tf.transpose(dy as tf.Tensor, inverse) };
    },
  });

  tf.registerGradient({
    kernelName: 'Concat',
    saveAllInputs: true,
    gradFunc: (dy, saved, attributes) => {
      const axis = (attributes as unknown as { axis: number }).axis;
      const sizes = (saved as Saved).map((x) => x.shape[axis]!);
      const parts = tf.split(dy as tf.Tensor, sizes, axis);
      return Object.fromEntries(parts.map((part, i) => [i, () => part]));
    },
  });

  tf.registerGradient({
    kernelName: 'SplitV',
    gradFunc: (dy, _saved, attributes) => ({
      x: () => tf.concat(dy as tf.Tensor[], (attributes as unknown as { axis: number }).axis),
    }),
  });

  tf.registerGradient({
    kernelName: 'Slice',
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attributes) => {
      const x = (saved as Saved)[0]!;
      const grad = dy as tf.Tensor;
      const { begin } = attributes as unknown as { begin: number[] };
      const padding = begin.map((start, axis): [number, number] => [
        start,
        x.shape[axis]! - start - grad.shape[axis]!,
      ]);
      return { x: () => tf.pad(grad, padding) };
    },
  });

  tf.registerGradient({
    kernelName: 'Sum',
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attributes) => {
      const x = (saved as Saved)[0]!;
      const axes = tf.util.parseAxisParam((attributes as unknown as { axis: number[] }).axis, x.shape);
      const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      return { x: () => tf.broadcastTo(tf.reshape(dy as tf.Tensor, kept), x.shape) };
    },
  });

  // broadcastTo runs the Tile kernel, mean the Mean kernel; both come only from our own code above with known shapes.
  tf.registerGradient({
    kernelName: 'Tile',
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attributes) => {
      const x = (saved as Saved)[0]!;
      const { reps } = attributes as unknown as { reps: number[] };
      const interleaved = x.shape.flatMap((size, axis) => [reps[axis]!, size]);
      const repeated = x.shape.map((_, axis) => 2 * axis);
      return { x: () => tf.sum(tf.reshape(dy as tf.Tensor, interleaved), repeated) };
    },
  });

  tf.registerGradient({
    kernelName: 'Mean',
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attributes) => {
      const x = (saved as Saved)[0]!;
      const axes = tf.util.parseAxisParam((attributes as unknown as { axis: number[] }).axis, x.shape);
      const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      const count = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
      return { x: () => tf.broadcastTo(tf.reshape(tf.mul(dy as tf.Tensor, 1 / count), kept), x.shape) };
    },
  });
}
