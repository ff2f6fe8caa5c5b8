import { expect, test } from 'vitest';
import { ffnKinds } from '../methods/ffn/index.ts';
import { positionKinds } from '../methods/position/index.ts';
import { sharingKinds } from '../methods/sharing/index.ts';
import type { Architecture } from './document.ts';
import { setFfnKind, setPositionKind, setSharingKind } from './edits.ts';
import { fieldHelp } from './fields.ts';
import { findPreset } from './presets.ts';

/** Paths of all leaves of a document. */
function leaves(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  if (Array.isArray(value) && typeof value[0] !== 'object') return [path];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`));
}

const { architecture: start } = findPreset('dense-1m')!;

const documents: Array<[string, Architecture]> = [
  ...ffnKinds.map((kind): [string, Architecture] => [kind, setFfnKind(start, 0, kind)]),
  ...positionKinds.map((kind): [string, Architecture] => [kind, setPositionKind(start, 0, kind)]),
  ...sharingKinds.map((kind): [string, Architecture] => [`sharing ${kind}`, setSharingKind(start, kind)]),
];

test.each(documents)('every field of a %s document has a label and a sentence', (_, document) => {
  for (const path of leaves(document, '').filter((path) => path !== 'format' && path !== 'version')) {
    const help = fieldHelp(document, path);
    expect(help?.label, path).toMatch(/\S/);
    expect(help?.help, path).toMatch(/\.$/);
  }
});

test('a path that is no field has no help', () => {
  const { architecture } = findPreset('dsmoe-1m')!;
  expect(fieldHelp(architecture, 'blocks.0.ffn.tau')?.symbol).toBe('tau');
  expect(fieldHelp(architecture, 'blocks.0.ffn.subLayers')).toBe(undefined);
  expect(fieldHelp(architecture, 'blocks.7.ffn.tau')).toBe(undefined);
  expect(fieldHelp(architecture, 'blocks')).toBe(undefined);
});
