import { expect, it } from 'vitest';
import { ffnKinds } from './ffn/index.ts';
import { findMethod } from './find.ts';
import { positionKinds } from './position/index.ts';
import { sharingKinds } from './sharing/index.ts';

it('finds every method by its kind, and no kind stands for two of them', () => {
  const kinds = [...ffnKinds, ...positionKinds, ...sharingKinds];
  expect(new Set(kinds).size).toBe(kinds.length);
  for (const kind of kinds) expect(findMethod(kind)?.kind).toBe(kind);
  expect(findMethod('of a newer version')).toBeUndefined();
});
