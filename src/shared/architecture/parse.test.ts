import { describe, expect, test } from 'vitest';
import { FinegrainError } from '../errors.ts';
import { setField } from './edits.ts';
import { migrate } from './migrations.ts';
import { checkArchitecture, parseArchitecture, parseDraft } from './parse.ts';
import { findPreset } from './presets.ts';

const finedeep = findPreset('finedeep-1m')!.architecture; // width 128, 4 heads of 32, D 384
const dsmoe = findPreset('dsmoe-1m')!.architecture;

/** The one problem of a document whose field was set. */
function problemOf(
  document: typeof finedeep,
  path: string,
  value: unknown,
): { path: string; message: string } {
  const problems = checkArchitecture(setField(document, path, value));
  expect(problems).toHaveLength(1);
  return problems[0]!;
}

test('a valid document comes back as it was, through JSON too', () => {
  expect(parseArchitecture(JSON.parse(JSON.stringify(finedeep)))).toEqual(finedeep);
  expect(checkArchitecture(finedeep)).toEqual([]);
});

test('defaults fill what a short document leaves out', () => {
  const short = {
    format: 'finegrain.architecture',
    version: 1,
    name: 'short',
    vocabulary: 256,
    width: 64,
    context: 32,
    blocks: [
      {
        attention: { kind: 'softmax', heads: 2, kvHeads: 2, headSize: 32 },
        ffn: { kind: 'dsmoe', width: 128 },
      },
    ],
  };
  const { blocks, norm, tieEmbeddings } = parseArchitecture(short);
  expect(blocks[0]).toMatchObject({ repeat: 1, ffn: { nExperts: 8, tau: 0.5, useSte: true } });
  expect(norm).toEqual({ kind: 'rmsnorm', epsilon: 1e-5 });
  expect(tieEmbeddings).toBe(true);
});

describe('problems name the field, the value and the way out', () => {
  test('heads that do not divide the width', () => {
    const { path, message } = problemOf(finedeep, 'blocks.0.attention', {
      kind: 'softmax',
      heads: 6,
      kvHeads: 6,
      headSize: 32,
      position: { kind: 'rope', base: 1e4 },
    });
    expect(path).toBe('blocks.0.attention.heads');
    for (const part of ['heads 6', 'head size 32', 'width 128', 'heads to 4'])
      expect(message).toContain(part);
  });

  test('heads that divide the width, with another head size', () => {
    const { message } = problemOf(finedeep, 'blocks.0.attention.headSize', 16);
    for (const part of ['heads 4', 'give 64', 'head size to 32', 'heads to 8'])
      expect(message).toContain(part);
  });

  test('key/value heads that do not divide the heads', () => {
    const { path, message } = problemOf(finedeep, 'blocks.0.attention.kvHeads', 3);
    expect(path).toBe('blocks.0.attention.kvHeads');
    for (const part of ['3', 'heads 4', 'to 2 or 4']) expect(message).toContain(part);
  });

  test('M*K that does not divide D', () => {
    const { path, message } = problemOf(finedeep, 'blocks.0.ffn.expertsPerSubLayer', 5);
    expect(path).toBe('blocks.0.ffn.width');
    for (const part of ['D = 384', 'M = 2', 'K = 5', '380 or 390', 'K to 4 or 6'])
      expect(message).toContain(part);
  });

  test('experts that do not divide D where padding is off', () => {
    const strict = setField(dsmoe, 'blocks.0.ffn.padFfnToMultiple', false);
    const { message } = problemOf(strict, 'blocks.0.ffn.nExperts', 7);
    for (const part of ['D = 384', 'n = 7', '378 or 385', 'n to 6 or 8']) expect(message).toContain(part);
  });

  test('a repeat with a digit too many', () => {
    expect(problemOf(finedeep, 'blocks.0.repeat', 40_000).message).toContain('40000 layers');
  });

  const broken: Array<[string, unknown, string, string]> = [
    ['a negative width', { ...finedeep, width: -3 }, 'width', '-3'],
    ['a missing vocabulary', { ...finedeep, vocabulary: undefined }, 'vocabulary', 'is missing'],
    ['no blocks', { ...finedeep, blocks: [] }, 'blocks', '[]'],
    ['a field with a typo', { ...finedeep, widht: 3 }, 'widht', 'not a field'],
    [
      'an unknown FFN kind',
      { ...finedeep, blocks: [{ ...finedeep.blocks[0], ffn: { kind: 'mlp', width: 8 } }] },
      'blocks.0.ffn.kind',
      'mlp',
    ],
    ['another format', { ...finedeep, format: 'onnx' }, 'format', 'onnx'],
    ['a newer version', { ...finedeep, version: 3 }, 'version', 'newer'],
    ['a list', [], '', 'a list'],
    ['null', null, '', 'null'],
    ['text', 'dense', '', 'string'],
  ];
  test.each(broken)('%s', (_, document, path, part) => {
    const problems = checkArchitecture(document);
    expect(problems.map((problem) => problem.path)).toContain(path);
    expect(problems.find((problem) => problem.path === path)!.message).toContain(part);
    let thrown: unknown;
    try {
      parseArchitecture(document);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(FinegrainError);
    expect((thrown as FinegrainError).code).toBe('architecture.invalid');
    expect((thrown as FinegrainError).problems).toEqual(problems);
    expect((thrown as FinegrainError).hint).not.toBe(undefined);
  });
});

describe('migrations', () => {
  const document = { format: 'finegrain.architecture', version: 1, name: 'old' };

  test('run in order up to the newest version', () => {
    const steps = {
      1: (old: Record<string, unknown>) => ({ ...old, title: old.name }),
      2: (old: Record<string, unknown>) => ({ ...old, title: `${old.title}!` }),
    };
    expect(migrate(document, steps, 3)).toEqual({ document: { ...document, version: 3, title: 'old!' } });
  });

  test('from version 1 the rotary base becomes a position, and nothing shares', () => {
    const attention = { kind: 'softmax', heads: 2, kvHeads: 2, headSize: 32 };
    const old = (changes: object) => ({
      format: 'finegrain.architecture',
      version: 1,
      name: 'old',
      vocabulary: 256,
      width: 64,
      context: 32,
      blocks: [{ attention: { ...attention, ...changes }, ffn: { kind: 'dense', width: 128 } }],
    });
    const position = (changes: object) => parseArchitecture(old(changes)).blocks[0]!.attention.position;
    expect(position({ rotaryBase: 500 })).toEqual({ kind: 'rope', base: 500 });
    expect(position({})).toEqual({ kind: 'rope', base: 10_000 });
    expect(parseArchitecture(old({}))).toMatchObject({ version: 2, sharing: { kind: 'none' } });
    expect(checkArchitecture(old({ rotaryBase: -1 })).map(({ path }) => path)).toEqual([
      'blocks.0.attention.position.base',
    ]);
    expect(checkArchitecture({ ...old({}), version: 2, blocks: [null] })).not.toEqual([]);
    expect(checkArchitecture({ ...old({}), blocks: 'none' }).map(({ path }) => path)).toEqual(['blocks']);
  });

  test('a newer version is refused, and a gap in the steps is a problem', () => {
    expect(migrate({ ...document, version: 4 }, {}, 3)).toHaveProperty('problem.path', 'version');
    expect(migrate(document, {}, 2)).toHaveProperty('problem.message', expect.stringContaining('version 1'));
  });
});

test('a draft may break rules that cross fields, but no field', () => {
  const start = findPreset('dense-1m')!.architecture;
  const broken = setField(start, 'blocks.0.attention.heads', 3);
  expect(checkArchitecture(broken)).not.toEqual([]);
  expect(parseDraft(JSON.parse(JSON.stringify(broken)))).toEqual(broken);
  expect(() => parseDraft({ ...broken, width: 'wide' })).toThrow(/width/);
  expect(() => parseDraft(null)).toThrow(/JSON object/);
});
