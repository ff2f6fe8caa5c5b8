import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { choiceLabel, schemaFields } from './schemaFields.ts';

const schema = z.strictObject({
  kind: z.literal('example'),
  width: z.int().positive(),
  threshold: z.number().min(0).max(1).default(0.5),
  gate: z.enum(['sigmoid', 'softmax', 'none']).default('sigmoid'),
  shared: z.boolean().default(true),
  sweep: z.array(z.number().min(0)).default([]),
  names: z.array(z.string()).default([]),
});
const fields = {
  threshold: { label: 'Threshold', symbol: 'τ', help: 'Gates below it are closed.' },
  width: { label: 'Width', help: 'Units.' },
  gate: { label: 'Gate', help: 'Its function.' },
  shared: { label: 'Shared', help: 'Whether.' },
  sweep: { label: 'Sweep', help: 'Numbers.' },
  names: { label: 'Names', help: 'Needs an editor of its own.' },
  absent: { label: 'Absent', help: 'Not in the schema.' },
};

describe('schemaFields', () => {
  it('reads kind, bounds and choices from the schema, in the order of the help', () => {
    const controls = Object.fromEntries(
      schemaFields(schema, fields).map((field) => [field.name, field.control]),
    );
    expect(Object.keys(controls)).toEqual(['threshold', 'width', 'gate', 'shared', 'sweep']);
    expect(controls.threshold).toEqual({ type: 'number', integer: false, minimum: 0, maximum: 1 });
    expect(controls.width).toEqual({ type: 'number', integer: true, minimum: 1, maximum: null });
    expect(controls.gate).toEqual({ type: 'choice', choices: ['sigmoid', 'softmax', 'none'] });
    expect(controls.shared).toEqual({ type: 'switch' });
    expect(controls.sweep).toEqual({ type: 'numbers', minimum: 0, maximum: null });
  });
  it('writes choices for people', () => {
    expect(['perSubLayerVector', 'G', 'output', 'trainAndInfer'].map(choiceLabel)).toEqual([
      'per sub layer vector',
      'G',
      'output',
      'train and infer',
    ]);
  });
});
