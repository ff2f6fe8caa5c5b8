import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FinegrainError } from '../../shared/errors.ts';
import type { Handlers } from '../../shared/rpc/contract.ts';
import { askHolder, type ControlServer, serveControl } from './control.ts';

const busy = new FinegrainError('store.busy', 'The workspace is in use.');

describe('the control socket', () => {
  let folder: string;
  let server: ControlServer;
  let stopped: string[];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'finegrain-control-'));
    stopped = [];
    // The two procedures that are asked for here; a call of any other would fail the test.
    const handlers = {
      'runs.stop': async ({ run }: { run: string }) => {
        if (run === 'r00000') throw new FinegrainError('notFound', 'There is no run r00000.');
        stopped.push(run);
        return null;
      },
    } as unknown as Handlers;
    server = await serveControl(folder, handlers);
  });
  afterEach(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('lets another process stop a run, and carries errors back', async () => {
    expect(await askHolder(folder, 'runs.stop', { run: 'r12345' }, busy)).toBeNull();
    expect(stopped).toEqual(['r12345']);
    const wrong = askHolder(folder, 'runs.stop', { run: 'r00000' }, busy);
    await expect(wrong).rejects.toMatchObject({ code: 'notFound', message: 'There is no run r00000.' });
  });

  it('refuses a wrong token, an input that does not fit, and a procedure that is not offered', async () => {
    const file = join(folder, 'control.json');
    const address = JSON.parse(readFileSync(file, 'utf8')) as { token: string };
    await expect(askHolder(folder, 'runs.stop', { run: '' }, busy)).rejects.toMatchObject({
      code: 'input.invalid',
    });
    await expect(
      askHolder(folder, 'runs.start' as 'runs.stop', { run: 'r12345' }, busy),
    ).rejects.toBeInstanceOf(FinegrainError);
    writeFileSync(file, JSON.stringify({ ...address, token: 'x'.repeat(address.token.length) }));
    await expect(askHolder(folder, 'runs.stop', { run: 'r12345' }, busy)).rejects.toMatchObject({
      code: 'input.invalid',
    });
    expect(stopped).toEqual([]);
  });

  it('keeps its address from other users', () => {
    if (process.platform === 'win32') return;
    expect(statSync(join(folder, 'control.json')).mode & 0o077).toBe(0);
  });

  it('leaves nothing behind, and an absent holder means busy', async () => {
    server.close();
    await expect(askHolder(folder, 'runs.stop', { run: 'r12345' }, busy)).rejects.toBe(busy);
  });
});
