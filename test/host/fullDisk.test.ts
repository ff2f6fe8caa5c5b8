/** A run whose disk fills up: a clear reason, the older checkpoint whole, every point kept, and a resume once there is room. */
import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createHost, type Host } from '../../src/main/host/index.ts';
import { startCommand } from './command.ts';
import { type SmallDisk, smallDisk, smallDiskReason } from './smallDisk.ts';
import { losses, settings, speeches, tiny, tinyDocument, until } from './tinyRun.ts';

const reason = smallDiskReason('a run on a full disk');
let disk: SmallDisk | undefined;
let host: Host | undefined;
afterEach(async () => {
  await host?.close();
  disk?.remove();
});

describe.skipIf(reason !== undefined)('a run on a disk that runs full', () => {
  it('fails with the reason, keeps what it had, and resumes once there is room', async () => {
    disk = smallDisk(16_384) as SmallDisk;
    const problems: string[] = [];
    host = await createHost({
      workspace: disk.path,
      shell: 'terminal',
      onProblem: (problem) => problems.push(problem.code),
    });
    const files = [{ name: 'speeches.txt', text: speeches(60_000) }];
    await host.call('data.addText', { name: 'speeches', files });
    const configuration = settings({ steps: 400, checkpointEvery: 20, keepCheckpoints: 2 });
    const { run } = await host.call('runs.start', { architecture: tiny, configuration });
    await until(host, run, (message) => message.type === 'checkpoint');
    // Something else takes all the room there is.
    const ballast = join(disk.path, 'ballast');
    fill(disk.path, ballast);

    const { summary, failure } = await host.runs.ended(run);
    expect(summary.state).toBe('failed');
    expect(failure).toMatchObject({ code: 'disk.full' });
    expect(summary.reason).toContain('The disk is full');
    const folder = join(disk.path, 'runs', run, 'checkpoints');
    expect(readdirSync(folder).filter((name) => name.endsWith('.writing'))).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.startsWith('step-')).length).toBeGreaterThan(0);

    rmSync(ballast);
    await host.call('runs.resume', { run, steps: summary.step + 10 });
    const again = await host.runs.ended(run);
    expect(again.summary.state).toBe('finished');
    const steps = losses(host, run).map(([step]) => step);
    expect(steps).toEqual(Array.from({ length: steps.length }, (_, at) => at + 1));
    expect(steps.length).toBe(summary.step + 10);
  });

  it('is told to a script as JSON, line by line, with exit code 1', async () => {
    disk = smallDisk(16_384) as SmallDisk;
    const text = join(disk.path, 'speeches.txt');
    const architecture = join(disk.path, 'tiny.json');
    writeFileSync(text, speeches(60_000));
    writeFileSync(architecture, JSON.stringify(tinyDocument));
    const command = startCommand(
      ...['train', '--json', '--workspace', join(disk.path, 'workspace'), '--arch', architecture],
      ...['--data', text, '--steps', '4000', '--batch', '8', '--device', 'cpu', '--threads', '1'],
      ...['--checkpoint-every', '20', '--evaluate-every', '0', '--probe-every', '0'],
    );
    try {
      await command.line((line) => line.type === 'checkpoint');
      fill(disk.path, join(disk.path, 'ballast'));
      const { code, errors } = await command.ended;
      expect(code).toBe(1);
      expect(command.lines().at(-1)).toMatchObject({ type: 'end', state: 'failed' });
      const told = errors
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { error: { code: string; hint: string | null } });
      expect(new Set(told.map(({ error }) => error.code))).toEqual(new Set(['disk.full']));
    } finally {
      command.process.kill('SIGKILL');
    }
  });
});

/** Writes zeros to `path` until not even a page is left on the disk. */
function fill(disk: string, path: string): void {
  const { bavail, bsize } = statfsSync(disk);
  try {
    writeFileSync(path, Buffer.alloc(Math.max(0, bavail * bsize - 4096)));
  } catch (error) {
    // The run writes at the same time: what it took between the two calls leaves the disk just as full.
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
