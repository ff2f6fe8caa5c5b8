import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { positionKinds, positionMethod, positionMethods, positionSchema } from './index.ts';
import { pi } from './pi.ts';
import { type HeadLayout, rotaryFrequencies, rotaryTables } from './position.ts';
import { rope } from './rope.ts';
import { yarn } from './yarn.ts';

const layout: HeadLayout = { heads: 8, kvHeads: 4, headSize: 16, layer: 0 };

describe('the registry', () => {
  test.each(positionMethods)('$kind: defaults are valid, and every field has its help', (method) => {
    const options = method.defaults(layout, 128);
    expect(positionSchema.parse(options)).toEqual(options);
    expect(method.check(options, layout)).toEqual([]);
    expect(Object.keys(method.fields).sort()).toEqual(
      Object.keys(options)
        .filter((name) => name !== 'kind')
        .sort(),
    );
    for (const help of Object.values(method.fields)) expect(help.help).toMatch(/\.$/);
    for (const name of method.reconstructed(options, layout)) expect(method.fields[name]).toBeDefined();
    expect(method.source).toMatch(/arXiv \d{4}\.\d{5}/);
  });

  test('kinds are told apart', () => {
    expect(new Set(positionKinds).size).toBe(positionKinds.length);
    for (const kind of positionKinds) expect(positionMethod(kind).kind).toBe(kind);
    expect(positionSchema.safeParse({ kind: 'alibi' }).success).toBe(false);
    expect(positionSchema.safeParse({ kind: 'rope', base: 0 }).success).toBe(false);
  });
});

describe('tables', () => {
  test('equal halves, position 0 the identity, angles in double precision', () => {
    const rotation = rope.rotation({ kind: 'rope', base: 10_000 }, layout);
    const { cos, sin, shape } = rotaryTables(rotation, 100_001, 8);
    expect(shape).toEqual([100_001, 16]);
    expect([...cos.subarray(0, 16), ...sin.subarray(0, 16)]).toEqual([
      ...Array(16).fill(1),
      ...Array(16).fill(0),
    ]);
    for (const position of [1, 777, 100_000]) {
      for (let pair = 0; pair < 8; pair++) {
        const angle = position * 10_000 ** (-pair / 8);
        for (const column of [pair, pair + 8]) {
          expect(cos[position * 16 + column]).toBe(Math.fround(Math.cos(angle)));
          expect(sin[position * 16 + column]).toBe(Math.fround(Math.sin(angle)));
        }
      }
    }
  });

  test('a longer table begins with the shorter one', () => {
    const rotation = yarn.rotation(yarn.defaults(layout, 64), layout);
    const [short, long] = [rotaryTables(rotation, 32, 8), rotaryTables(rotation, 96, 8)];
    expect(long.cos.subarray(0, short.cos.length)).toEqual(short.cos);
    expect(long.sin.subarray(0, short.sin.length)).toEqual(short.sin);
  });

  test('one row for each head, heads of a key/value group alike', () => {
    const frequencies = [100, 200, 300, 400].map((base) => rotaryFrequencies(base, 16));
    const tables = (heads: number) => rotaryTables({ frequencies, amplitude: 1 }, 5, heads);
    const [queries, keys] = [tables(8), tables(4)];
    expect([queries.shape, keys.shape]).toEqual([
      [8, 5, 16],
      [4, 5, 16],
    ]);
    for (let head = 0; head < 8; head++) {
      const group = Math.floor(head / 2);
      expect(queries.cos.subarray(head * 80, head * 80 + 80)).toEqual(
        keys.cos.subarray(group * 80, group * 80 + 80),
      );
    }
    expect(keys.cos.subarray(0, 80)).not.toEqual(keys.cos.subarray(80, 160));
  });
});

describe('position interpolation', () => {
  test('a table at positions m equals the plain one at m / s', () => {
    const base = 500;
    const plain = rotaryTables(rope.rotation({ kind: 'rope', base }, layout), 9, 1);
    const interpolated = rotaryTables(pi.rotation({ kind: 'pi', base, scale: 4 }, layout), 36, 1);
    for (let position = 0; position < 9; position++) {
      for (let column = 0; column < 16; column++) {
        const [near, far] = [position * 16 + column, 4 * position * 16 + column];
        expect(interpolated.cos[far]).toBeCloseTo(plain.cos[near]!, 6);
        expect(interpolated.sin[far]).toBeCloseTo(plain.sin[near]!, 6);
      }
    }
  });

  test('scale 1 is plain RoPE', () => {
    const options = { base: 1234, scale: 1 };
    expect(pi.rotation({ kind: 'pi', ...options }, layout)).toEqual(
      rope.rotation({ kind: 'rope', base: 1234 }, layout),
    );
  });
});

const yarns = fc.record({
  kind: fc.constant('yarn' as const),
  base: fc.integer({ min: 2, max: 1_000_000 }),
  scale: fc.double({ min: 1, max: 64, noNaN: true }),
  originalContext: fc.integer({ min: 1, max: 8192 }),
  betaFast: fc.constant(32),
  betaSlow: fc.constant(1),
  ramp: fc.constantFrom('dimensions' as const, 'rotations' as const),
  temperature: fc.boolean(),
});

describe('YaRN', () => {
  test('frequencies lie between the interpolated and the plain ones, fast pairs kept', () => {
    fc.assert(
      fc.property(yarns, fc.integer({ min: 1, max: 64 }), (options, half) => {
        const theta = rotaryFrequencies(options.base, 2 * half);
        const [actual] = yarn.rotation(options, { headSize: 2 * half }).frequencies;
        for (let pair = 0; pair < half; pair++) {
          const plain = theta[pair]!;
          expect(actual![pair]! / plain).toBeLessThanOrEqual(1 + 1e-12);
          expect((actual![pair]! * options.scale) / plain).toBeGreaterThanOrEqual(1 - 1e-12);
          if (options.ramp !== 'rotations') continue;
          const turns = (options.originalContext * plain) / (2 * Math.PI);
          if (turns >= 32) expect(actual![pair]).toBe(plain);
          if (turns <= 1) expect(actual![pair]).toBe(plain / options.scale);
        }
      }),
    );
  });

  test('scale 1 is plain RoPE, temperature and all', () => {
    fc.assert(
      fc.property(yarns, (options) => {
        const { frequencies, amplitude } = yarn.rotation({ ...options, scale: 1 }, layout);
        expect(amplitude).toBe(1);
        const theta = rotaryFrequencies(options.base, 16);
        for (const [pair, value] of frequencies[0]!.entries())
          expect(value / theta[pair]!).toBeCloseTo(1, 12);
      }),
    );
  });

  test('the temperature multiplies scores by (0.1 ln s + 1)^2', () => {
    const options = yarn.schema.parse({ kind: 'yarn', scale: 32, originalContext: 4096 });
    expect(yarn.rotation(options, layout).amplitude).toBeCloseTo(1.34657359, 8);
    expect(yarn.rotation({ ...options, temperature: false }, layout).amplitude).toBe(1);
  });

  test('the amplitude is on cos and sin alike', () => {
    const rotation = yarn.rotation(yarn.schema.parse({ kind: 'yarn', originalContext: 8 }), layout);
    const { cos, sin } = rotaryTables(rotation, 20, 1);
    expect(rotation.amplitude).toBeGreaterThan(1.1);
    for (const [index, value] of cos.entries()) {
      expect(Math.hypot(value, sin[index]!)).toBeCloseTo(rotation.amplitude, 6);
    }
  });

  test('betas in the wrong order name the way out', () => {
    const options = yarn.schema.parse({ kind: 'yarn', originalContext: 64, betaFast: 1, betaSlow: 2 });
    expect(yarn.check(options)[0]).toMatchObject({ path: 'betaFast', message: /above beta slow 2/ });
  });
});
