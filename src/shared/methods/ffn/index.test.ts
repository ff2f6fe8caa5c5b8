import { describe, expect, test } from 'vitest';
import { setField } from '../../architecture/edits.ts';
import { findPreset } from '../../architecture/presets.ts';
import { reconstructedOptions } from '../languageModel.ts';
import { dsmoe } from './dsmoe.ts';
import { finedeep } from './finedeep.ts';
import { ffnKinds, ffnMethod, ffnMethods, ffnSchema } from './index.ts';

describe('the registry', () => {
  test.each(ffnMethods)(
    '$kind: defaults are valid, of the width asked for, and every field has its help',
    (method) => {
      const options = method.defaults(192);
      expect(ffnSchema.parse(options)).toEqual(options);
      expect(method.matchedWidth(options)).toBe(192);
      expect(method.check(options, { width: 64, layers: 2, context: 16, vocabulary: 256 })).toEqual([]);
      const fields = Object.keys(options).filter((name) => name !== 'kind');
      expect(Object.keys(method.fields).sort()).toEqual(fields.sort());
      for (const name of method.reconstructed(options)) expect(method.fields[name]).toBeDefined();
      expect(method.source).toMatch(/arXiv \d{4}\.\d{5}/);
    },
  );

  test('kinds are told apart, and an unknown one is refused', () => {
    expect(new Set(ffnKinds).size).toBe(ffnKinds.length);
    for (const kind of ffnKinds) expect(ffnMethod(kind).kind).toBe(kind);
    expect(ffnSchema.safeParse({ kind: 'mlp', width: 8 }).success).toBe(false);
    expect(ffnSchema.safeParse({ kind: 'dense', width: 8, subLayers: 2 }).success).toBe(false);
  });

  test('layouts of experts', () => {
    expect(finedeep.experts(finedeep.defaults(64))).toEqual({ count: 8, groups: 2, switchesOff: false });
    expect(dsmoe.experts(dsmoe.defaults(64))).toEqual({ count: 8, groups: 1, switchesOff: true });
  });
});

describe('reconstructed options', () => {
  const [dense, fine, sparse] = ['dense-1m', 'finedeep-1m', 'dsmoe-1m'].map(
    (name) => findPreset(name)!.architecture,
  );

  test('a dense model has none', () => {
    expect(reconstructedOptions(dense!)).toEqual([]);
  });

  test('Finedeep is one as a method; its sigmoid gate is not ours, other gates are', () => {
    const options = reconstructedOptions(fine!);
    expect(options).toEqual(
      expect.arrayContaining(['finedeep.method', 'finedeep.subLayers', 'finedeep.routerScoreInput']),
    );
    expect(options).not.toContain('finedeep.gate');
    expect(reconstructedOptions(setField(fine!, 'blocks.0.ffn.gate', 'none'))).toContain('finedeep.gate');
  });

  test('DSMoE lists what fills gaps in the paper, and knobs of ours once they are turned', () => {
    const options = reconstructedOptions(sparse!);
    expect(options).toContain('dsmoe.rescaleByActive');
    expect(options).not.toContain('dsmoe.method');
    expect(options).not.toContain('dsmoe.tau');
    expect(options).not.toContain('dsmoe.lambdaSparse');
    expect(reconstructedOptions(setField(sparse!, 'blocks.0.ffn.lambdaSparse', 0.5))).toContain(
      'dsmoe.lambdaSparse',
    );
    expect(reconstructedOptions(setField(sparse!, 'blocks.0.ffn.nExperts', 7))).toContain(
      'dsmoe.padFfnToMultiple',
    );
  });
});
