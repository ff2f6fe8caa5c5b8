import { EventEmitter } from 'node:events';
import type { MessagePortMain, UtilityProcess } from 'electron';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type HostSupervisorOptions, superviseHost } from './hostSupervisor.ts';

class FakeProcess extends EventEmitter {
  readonly posted: { message: unknown; ports: unknown[] }[] = [];
  killed = false;
  postMessage(message: unknown, ports: unknown[] = []) {
    this.posted.push({ message, ports });
  }
  kill() {
    this.killed = true;
    this.emit('exit', 137);
    return true;
  }
}

function setUp() {
  const processes: FakeProcess[] = [];
  const log: unknown[] = [];
  const options: HostSupervisorOptions = {
    fork: () => {
      const process = new FakeProcess();
      processes.push(process);
      return process as unknown as UtilityProcess;
    },
    launchTrainer: () => {
      throw new Error('no trainer here');
    },
    workspace: '/somewhere',
    onRefused: (error) => log.push(['refused', error.code]),
    onNotice: (message) => log.push(['notice', message]),
    onLost: (_reason, final) => log.push(['lost', final]),
  };
  return { supervisor: superviseHost(options), processes, log };
}

const port = (name: string) => name as unknown as MessagePortMain;
const connects = (process: FakeProcess | undefined) =>
  process?.posted
    .filter(({ message }) => (message as { type: string }).type === 'connect')
    .map(({ ports }) => ports[0]);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('the host is told its workspace; pages wait until it is ready', () => {
  const { supervisor, processes, log } = setUp();
  expect(processes[0]!.posted[0]?.message).toEqual({ type: 'open', workspace: '/somewhere' });
  supervisor.connect(port('a'));
  expect(connects(processes[0])).toEqual([]);
  processes[0]!.emit('message', { type: 'ready' });
  supervisor.connect(port('b'));
  expect(connects(processes[0])).toEqual(['a', 'b']);
  processes[0]!.emit('message', { type: 'notice', message: 'A backup was opened.' });
  expect(log).toEqual([['notice', 'A backup was opened.']]);
});

test('a host that dies is started again, and pages get the new one', () => {
  const { supervisor, processes, log } = setUp();
  processes[0]!.emit('message', { type: 'ready' });
  processes[0]!.emit('exit', 139);
  expect(log).toEqual([['lost', false]]);
  expect(processes).toHaveLength(2);
  supervisor.connect(port('a'));
  expect(connects(processes[0])).toEqual([]);
  processes[1]!.emit('message', { type: 'ready' });
  expect(connects(processes[1])).toEqual(['a']);
});

test('a host that keeps dying is left alone; one that dies now and then is not', () => {
  const { processes, log } = setUp();
  for (let death = 0; death < 4; death++) processes.at(-1)!.emit('exit', 1);
  expect(log.at(-1)).toEqual(['lost', true]);
  expect(processes).toHaveLength(4);

  const patient = setUp();
  for (let death = 0; death < 10; death++) {
    patient.processes.at(-1)!.emit('exit', 1);
    vi.advanceTimersByTime(30_000);
  }
  expect(patient.processes).toHaveLength(11);
});

test('a host that cannot open its workspace is reported and not tried again', () => {
  const { processes, log } = setUp();
  processes[0]!.emit('message', { type: 'failed', error: { code: 'store.busy', message: 'Busy.' } });
  processes[0]!.emit('exit', 1);
  expect(log).toEqual([['refused', 'store.busy']]);
  expect(processes).toHaveLength(1);
});

test('closing asks the host first, and ends one that takes too long', async () => {
  const polite = setUp();
  const closed = polite.supervisor.close(1000);
  expect(polite.processes[0]!.posted.at(-1)?.message).toEqual({ type: 'close' });
  polite.processes[0]!.emit('exit', 0);
  await closed;
  expect(polite.processes[0]!.killed).toBe(false);
  expect(polite.log).toEqual([]);
  await polite.supervisor.close(1000); // already gone

  const stuck = setUp();
  const ended = stuck.supervisor.close(1000);
  await vi.advanceTimersByTimeAsync(1000);
  await ended;
  expect(stuck.processes[0]!.killed).toBe(true);
  expect(stuck.processes).toHaveLength(1);
});
