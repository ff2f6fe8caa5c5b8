import { describe, expect, test } from 'vitest';
import { names, recordAccumulation, recordApplication, recordStep } from '../step/record.ts';
import { adamw, smallArchitecture, sourceOf } from '../testing.ts';
import { binary } from './arithmetic.ts';
import { GraphBuilder } from './graph.ts';
import { allowsInPlace } from './inPlace.ts';

describe('state may be overwritten in place', () => {
  test.each(['dense', 'finedeep', 'dsmoe'])(
    'by every training program of %s, with and without clipping',
    (ffn) => {
      const architecture = smallArchitecture(ffn, 2, true);
      const source = sourceOf(architecture);
      for (const settings of [adamw, { ...adamw, clip: 0, weightDecay: 0 }]) {
        expect(allowsInPlace(recordStep(source, settings), names.next)).toBe(true);
        expect(allowsInPlace(recordApplication(architecture, settings), names.next)).toBe(true);
      }
      expect(allowsInPlace(recordAccumulation(source, adamw), names.next)).toBe(true);
    },
  );

  test('but not where another output still reads the old value', () => {
    const builder = new GraphBuilder();
    const state = builder.input('w', [4], 'float32');
    const next = binary(builder, 'Add', state, builder.scalar(1));
    const other = binary(builder, 'Mul', state, state);
    expect(allowsInPlace(builder.finish(new Map([['next:w', next]])), names.next)).toBe(true);
    const both = new Map([
      ['next:w', next],
      ['square', other],
    ]);
    expect(allowsInPlace(builder.finish(both), names.next)).toBe(false);
  });
});
