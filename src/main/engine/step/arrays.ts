/** Tensors by name, checked against the document before a program sees them. */
import { FinegrainError } from '../../../shared/errors.ts';
import type { ParameterSpec } from '../../../shared/methods/method.ts';
import { sizeOf } from '../trace/graph.ts';
import type { NamedArrays } from '../types.ts';

/** The array of a parameter or buffer, once it is known to be there with the right size. Throws `checkpoint.damaged`. */
export function checkedArray(
  arrays: NamedArrays,
  { name, shape }: Pick<ParameterSpec, 'name' | 'shape'>,
): Float32Array {
  const values = arrays.get(name);
  if (values?.length !== sizeOf(shape)) {
    const found = values === undefined ? 'is missing' : `has ${values.length} values`;
    throw new FinegrainError(
      'checkpoint.damaged',
      `Tensor "${name}" ${found}; the document asks for shape [${shape.join(', ')}].`,
      'The weights belong to another architecture document: use the document saved beside them.',
    );
  }
  return values;
}
