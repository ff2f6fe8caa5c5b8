import { expect, test } from 'vitest';
import { setField } from './edits.ts';
import { findPreset } from './presets.ts';
import { concreteShape, inferShapes, symbolicShape } from './shapes.ts';

const { architecture } = findPreset('finedeep-4.5m')!; // width 256, 5 layers, 4 heads, 2 key/value heads, D 768

test('every edge has symbols and sizes, in order of the flow', () => {
  const { edges, problems } = inferShapes(architecture);
  expect(problems).toEqual([]);
  const shapes = new Map(edges.map((edge) => [edge.path, `${symbolicShape(edge)} = ${concreteShape(edge)}`]));
  expect(shapes.get('tokens')).toBe('B x T = B x 256');
  expect(shapes.get('blocks.4.attention.query')).toBe('B x H x T x h = B x 4 x 256 x 64');
  expect(shapes.get('blocks.4.attention.key')).toBe('B x G x T x h = B x 2 x 256 x 64');
  expect(shapes.get('blocks.0.ffn.activation')).toBe('B x T x D = B x 256 x 768');
  expect(shapes.get('blocks.0.ffn.gate')).toBe('B x T x E = B x 256 x 8');
  expect(shapes.get('head')).toBe('B x T x V = B x 256 x 2048');
  expect(edges.at(-1)!.path).toBe('head');
  expect(new Set(edges.map(({ path }) => path)).size).toBe(edges.length);
});

test('a batch and a context can be given', () => {
  const { edges } = inferShapes(architecture, { batch: 8, context: 64 });
  expect(concreteShape(edges.find(({ path }) => path === 'embedding')!)).toBe('8 x 64 x 256');
});

test('problems stand at the field they concern', () => {
  const broken = setField(architecture, 'blocks.0.ffn.subLayers', 5);
  expect(inferShapes(broken).problems.map(({ path }) => path)).toEqual(['blocks.0.ffn.width']);
});
