import { describe, expect, it } from 'vitest';
import type { Architecture } from '../../shared/architecture/document.ts';
import { setExpertLayout } from '../../shared/architecture/edits.ts';
import { findPreset } from '../../shared/architecture/presets.ts';
import { layerShape } from '../../shared/methods/languageModel.ts';
import type { RunDetail } from '../../shared/rpc/contract.ts';
import { runConfigurationSchema } from '../../shared/run/configuration.ts';
import { depthSpeed, layoutLosses } from './layoutLosses.ts';
import { costOf, type Divided, traded } from './layoutTrade.ts';

const document = findPreset('finedeep-1m')!.architecture;
const configuration = runConfigurationSchema.parse({ data: [{ name: 'speeches' }], steps: 100 });
const run = (
  architecture: Architecture,
  validationLoss: number | null,
  change: object = {},
  state = 'finished',
) =>
  ({
    architecture,
    configuration: { ...configuration, ...change },
    validationLoss,
    state,
    device: 'cpu',
    tokensPerSecond: null,
  }) as unknown as RunDetail;
const tall = setExpertLayout(document, 0, { groups: 4, perGroup: 2 });

describe('losses at the cost of a layer', () => {
  const shape = layerShape(document);
  const ffn = document.blocks[0]!.ffn as Divided;
  const target = costOf(ffn, 'parameters', shape);
  const at = (groups: number, perGroup: number, share = 1) =>
    ({
      ...document,
      blocks: document.blocks.map((block) => ({
        ...block,
        ffn: traded(ffn, { groups, perGroup }, 'parameters', share * target, shape)!,
      })),
    }) as Architecture;

  it('takes layouts of other widths where parameters are kept, and only those of that cost', () => {
    const other = at(5, 3);
    expect(other.blocks[0]!.ffn).not.toMatchObject({ width: ffn.width });
    const runs = [run(document, 5), run(other, 4.9), run(at(4, 4, 1.4), 4.1)];
    expect(layoutLosses(document, 0, configuration, runs)).toMatchObject([{ loss: 5 }]);
    expect(layoutLosses(document, 0, configuration, runs, { cost: 'parameters', target })).toMatchObject([
      { groups: 2, perGroup: 4, loss: 5 },
      { groups: 5, perGroup: 3, loss: 4.9 },
    ]);
  });

  it('leaves out models that differ in more', () => {
    const other = at(8, 3);
    const gated = {
      ...other,
      blocks: other.blocks.map((block) => ({ ...block, ffn: { ...block.ffn, gate: 'none' } })),
    } as Architecture;
    expect(
      layoutLosses(document, 0, configuration, [run(gated, 4.9)], { cost: 'parameters', target }),
    ).toEqual([]);
  });
});

describe('losses over the plane of layouts', () => {
  it('takes the best of each layout, over seeds and names', () => {
    const runs = [run(document, 5), run({ ...document, name: 'x' }, 4.8, { seed: 1 }), run(tall, 5.2)];
    expect(layoutLosses(tall, 0, configuration, runs)).toEqual([
      { groups: 2, perGroup: 4, loss: 4.8, runs: 2, speeds: [] },
      { groups: 4, perGroup: 2, loss: 5.2, runs: 1, speeds: [] },
    ]);
  });
  it('leaves out whatever cannot be compared', () => {
    const runs = [
      run(document, 5, { steps: 200 }),
      run(document, null),
      run(document, 5, {}, 'stopped'),
      run({ ...document, width: 256 }, 5),
      run(findPreset('dsmoe-1m')!.architecture, 5),
    ];
    expect(layoutLosses(document, 0, configuration, runs)).toEqual([]);
    expect(layoutLosses(findPreset('dense-1m')!.architecture, 0, configuration, [run(document, 5)])).toEqual(
      [],
    );
  });
});

describe('speed of depth', () => {
  const speed = (groups: number, perGroup: number, ...rates: number[]) => ({
    groups,
    perGroup,
    loss: 5,
    runs: rates.length,
    speeds: rates.map((tokensPerSecond) => ({ device: 'cpu', tokensPerSecond })),
  });
  it('is the fastest run of a layout against the fastest without depth, with as many experts as there are', () => {
    const losses = [speed(1, 2, 9000), speed(1, 8, 4000, 5000), speed(4, 2, 3000, 4000)];
    expect(depthSpeed(losses, { groups: 4, perGroup: 2 })).toEqual({
      device: 'cpu',
      here: 4000,
      flat: 5000,
      ratio: 0.8,
    });
  });
  it('is not known without both, on one device', () => {
    expect(depthSpeed([speed(4, 2, 3000)], { groups: 4, perGroup: 2 })).toBeNull();
    const gpu = { ...speed(1, 8), speeds: [{ device: 'cuda', tokensPerSecond: 1 }] };
    expect(depthSpeed([gpu, speed(4, 2, 3000)], { groups: 4, perGroup: 2 })).toBeNull();
  });
});
