import { describe, expect, it } from 'vitest';
import { main } from './index.ts';
import { startLineProcess } from './lineProcess.ts';

const echo = `
for await (const line of (await import('node:readline')).createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  if (request.die) { console.error('last words'); process.exit(3); }
  console.log(JSON.stringify(request.fail ? { error: 'asked to fail' } : { twice: 2 * request.value, seen: process.env.SEEN }));
}`;
const start = () => startLineProcess(process.execPath, ['--input-type=module', '-e', echo], { SEEN: 'yes' });

describe('a measured process', () => {
  it('answers in turn, with the environment it was given', async () => {
    const child = start();
    expect(await child.ask({ value: 3 })).toEqual({ twice: 6, seen: 'yes' });
    expect(await child.ask({ value: 4 })).toEqual({ twice: 8, seen: 'yes' });
    await child.stop();
  });

  it('turns a reported error into a rejection, and lives on', async () => {
    const child = start();
    await expect(child.ask({ fail: true })).rejects.toThrow('asked to fail');
    expect(await child.ask({ value: 1 })).toMatchObject({ twice: 2 });
    await child.stop();
  });

  it('rejects with the last words of a child that dies, and afterwards', async () => {
    const child = start();
    await expect(child.ask({ die: true })).rejects.toThrow(/exit code 3\s+last words/);
    await expect(child.ask({ value: 1 })).rejects.toThrow('has ended');
    await child.stop();
  });
});

describe('the command line', () => {
  it('refuses what it does not know with exit code 2', async () => {
    expect(await main(['no-such-benchmark'])).toBe(2);
    expect(await main(['--rounds', '0'])).toBe(2);
    expect(await main(['--no-such-flag'])).toBe(2);
  });
});
