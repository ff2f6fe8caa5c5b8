import { describe, expect, it } from 'vitest';
import type { Architecture } from '../../shared/architecture/document.ts';
import { setExpertLayout } from '../../shared/architecture/edits.ts';
import { findPreset } from '../../shared/architecture/presets.ts';
import type { RunDetail } from '../../shared/rpc/contract.ts';
import { runConfigurationSchema } from '../../shared/run/configuration.ts';
import { depthSpeed, layoutLosses } from './layoutLosses.ts';

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
