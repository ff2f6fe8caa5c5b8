import { describe, expect, test } from 'vitest';
import { deviceNames } from '../../../shared/run/configuration.ts';
import { smallArchitecture, smallShape } from '../testing.ts';
import { measureRate, measureThreads } from './ceiling.ts';
import { cudaFinding } from './cuda.ts';
import { chooseDevice, deviceReports } from './devices.ts';
import { webGpuFinding } from './webgpu.ts';

describe('devices', () => {
  test('every device of the configuration is reported once, with a reason', async () => {
    const reports = await deviceReports();
    expect(reports.map(({ name }) => name).sort()).toEqual(
      deviceNames.filter((name) => name !== 'auto').sort(),
    );
    for (const { name, reason } of reports) expect(reason, name).toMatch(/^[A-Z].{10,}\.$/);
    expect(reports.find(({ name }) => name === 'cpu')?.available).toBe(true);
  }, 60_000);

  test('auto never picks software rendering, and says why it picks what it does', async () => {
    const [choice, webgpu] = [await chooseDevice('auto'), await webGpuFinding()];
    expect(choice.reason).toMatch(/^auto: /);
    if (choice.name === 'webgpu') expect(webgpu.hardware).toBe(true);
    if (webgpu.works && !webgpu.hardware) {
      expect(choice.name).not.toBe('webgpu');
      const report = (await deviceReports()).find(({ name }) => name === 'webgpu');
      expect(report).toMatchObject({ available: true, reason: expect.stringMatching(/software/) });
    }
  }, 60_000);

  test('a device that is not there is refused with its reason and a way out', async () => {
    const absent = (await deviceReports()).find(({ available }) => !available);
    await expect(chooseDevice(absent!.name)).rejects.toMatchObject({
      code: 'device.unavailable',
      message: expect.stringContaining(absent!.reason),
      hint: expect.stringContaining('finegrain doctor'),
    });
  }, 60_000);

  test('without a CUDA provider in the runtime, cuda is unavailable', () => {
    expect(cudaFinding(['cpu'])).toMatchObject({ available: false });
  });
});

describe('measurements', () => {
  const architecture = smallArchitecture('dense');

  test('the rate of matrix products is positive and finite', async () => {
    const rate = await measureRate(architecture, smallShape, 'cpu', 1);
    expect(rate).toBeGreaterThan(0);
    expect(Number.isFinite(rate)).toBe(true);
  });

  test('the thread count is between one and the cores there are', async () => {
    const threads = await measureThreads(architecture, smallShape);
    expect(threads).toBeGreaterThanOrEqual(1);
    expect(Number.isInteger(threads)).toBe(true);
  });
});
