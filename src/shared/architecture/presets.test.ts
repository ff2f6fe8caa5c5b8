import { describe, expect, test } from 'vitest';
import { ffnKinds, ffnMethod } from '../methods/ffn/index.ts';
import { parameterSpecs } from '../methods/languageModel.ts';
import { positionKinds } from '../methods/position/index.ts';
import { sharingKinds } from '../methods/sharing/index.ts';
import { countArchitecture } from './counts.ts';
import { checkArchitecture } from './parse.ts';
import {
  findPreset,
  matchedCounts,
  matchShortfall,
  matchTolerance,
  type Preset,
  presetOf,
  presets,
  sizes,
} from './presets.ts';

const ofSize = (size: string) => presets.filter((preset) => preset.size === size);
const sized = presets.filter(({ size }) => sizes.some(({ name }) => name === size));
const matched = presets.filter(({ match }) => match !== null);

/** Parameters of routers and norm gains, which matching leaves aside. */
function aside({ architecture }: Preset): number {
  return parameterSpecs(architecture)
    .filter(({ name }) => /router\.weight$|norm\.gain$/.test(name))
    .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

/** Tokens may run fewer experts than the layout allows: rare types of MaskMoE one, sure ones of top-p one. */
function runsFewer({ match, architecture }: Preset): boolean {
  const { ffn } = architecture.blocks[0]!;
  const experts = ffnMethod(ffn.kind).experts(ffn);
  return match?.by === 'activeParameters' && experts?.chosenPerGroup === null;
}

describe('presets', () => {
  test('have names of their own, each METHOD-SIZE', () => {
    expect(new Set(presets.map(({ name }) => name)).size).toBe(presets.length);
    for (const { name, method, size } of sized) expect(name).toBe(`${method}-${size}`);
  });

  test('are valid documents under their name', () => {
    for (const { name, architecture } of presets) {
      expect(checkArchitecture(architecture), name).toEqual([]);
      expect(architecture.name).toBe(name);
    }
  });

  test('cover every method at every size, at least three of them for a CPU', () => {
    expect(sizes.filter(({ device }) => device === 'cpu').length).toBeGreaterThanOrEqual(3);
    const methods = ofSize('2m').map(({ method }) => method);
    for (const { name } of sizes) expect(ofSize(name).map(({ method }) => method)).toEqual(methods);
    const all = ofSize('2m').map(({ architecture }) => architecture);
    expect(new Set(all.map(({ blocks }) => blocks[0]!.ffn.kind))).toEqual(new Set(ffnKinds));
    expect(new Set(all.map(({ blocks }) => blocks[0]!.attention.position.kind))).toEqual(
      new Set(positionKinds),
    );
    expect(new Set(all.map(({ sharing }) => sharing.kind))).toEqual(new Set(sharingKinds));
    for (const kind of ffnKinds) {
      expect(presetOf(kind, '2m')!.kind).toBe(kind);
      expect(presetOf(kind, 'bench')!.name).toBe(`bench-${kind}`);
    }
  });

  test('sizes are named after their dense model, within 7 %', () => {
    for (const { name } of sizes) {
      const { total } = countArchitecture(findPreset(`dense-${name}`)!.architecture).parameters;
      expect(Math.abs(total / 1e6 / Number.parseFloat(name) - 1), name).toBeLessThan(0.07);
    }
  });

  test('FFN widths are three times a width that splits into 32 parts of two units at least', () => {
    for (const { ffnWidth } of sizes) expect(ffnWidth % 192).toBe(0);
  });
});

describe('matches', () => {
  test('every preset of a size but the dense one is matched with it', () => {
    for (const { name, match, size } of sized) {
      expect(match?.with ?? name, name).toBe(`dense-${size}`);
    }
  });

  test.each(matched)('$name and its dense model, within the stated tolerance', (preset) => {
    const { own, reference } = matchedCounts(preset)!;
    expect(own / reference - 1).toBeLessThan(matchTolerance);
    expect(own / reference - 1).toBeGreaterThan(runsFewer(preset) ? -matchShortfall : -matchTolerance);
  });

  test.each(matched.filter(({ group }) => group === 'ffn' || group === 'control'))(
    '$name: the difference is routers and norm gains, to the parameter',
    (preset) => {
      const { own, reference, with: name } = matchedCounts(preset)!;
      const difference = own - aside(preset) - (reference - aside(findPreset(name)!));
      if (runsFewer(preset)) expect(difference).toBeLessThanOrEqual(0);
      else expect(difference).toBe(0);
    },
  );

  test('models that vary attention are off by half a step of four FFN units at most', () => {
    for (const preset of matched.filter(({ group }) =>
      ['attention', 'position', 'sharing'].includes(group),
    )) {
      const { own, reference } = matchedCounts(preset)!;
      const { width, layers } = sizes.find(({ name }) => name === preset.size)!;
      expect(Math.abs(own - reference), preset.name).toBeLessThanOrEqual(2 * 3 * width * layers);
    }
  });

  test('the routed FFNs of a size are matched with each other in total, too', () => {
    for (const { name: size } of sizes) {
      const routed = ofSize(size).filter(({ match }) => match?.by === 'activeParameters');
      const totals = routed.map(
        (preset) => countArchitecture(preset.architecture).parameters.total - aside(preset),
      );
      expect(new Set(totals).size, size).toBe(1);
      expect(routed.length).toBeGreaterThanOrEqual(9);
    }
  });

  test('none runs more units for a token than its dense model', () => {
    for (const { match, architecture, size, name } of matched) {
      if (match!.by !== 'activeParameters') continue;
      const { ffn } = architecture.blocks[0]!;
      expect(ffnMethod(ffn.kind).matchedWidth(ffn), name).toBe(
        sizes.find((entry) => entry.name === size)!.ffnWidth,
      );
    }
  });
});

test('the benchmark has the model of the speed target', () => {
  expect(findPreset('bench-moe')!.architecture.blocks[0]!.ffn).toMatchObject({
    kind: 'moe',
    nExperts: 16,
    topK: 2,
    expertWidth: 384,
    sharedWidth: 0,
    dispatch: 'capacity',
    capacityFactor: 1.25,
  });
});
