/** A method of any registry (FFN, position, sharing) by its kind, for badges and legends that name the methods of a run. */
import { ffnMethods } from './ffn/index.ts';
import { positionMethods } from './position/index.ts';
import { sharingMethods } from './sharing/index.ts';

export interface NamedMethod {
  readonly kind: string;
  readonly label: string;
  readonly summary: string;
  readonly standing: 'complete' | 'partial' | 'reconstruction' | 'baseline';
  readonly notice: string | null;
}

const methods: readonly NamedMethod[] = [...ffnMethods, ...positionMethods, ...sharingMethods];

/** undefined for a kind that no registry knows, such as one from a newer version. */
export function findMethod(kind: string): NamedMethod | undefined {
  return methods.find((method) => method.kind === kind);
}
