import { EventEmitter } from 'node:events';
import { beforeEach, expect, test, vi } from 'vitest';
import { channels, type DesktopBridge, portMessage } from '../shared/rpc/bridge.ts';

const electron = { exposed: {} as Record<string, unknown>, sent: [] as unknown[][] };
const ipc = Object.assign(new EventEmitter(), {
  send: (...message: unknown[]) => electron.sent.push(message),
});
const postMessage = vi.fn();

beforeEach(async () => {
  vi.resetModules();
  ipc.removeAllListeners();
  electron.exposed = {};
  electron.sent = [];
  vi.doMock('electron', () => ({
    contextBridge: {
      exposeInMainWorld: (name: string, value: unknown) => Object.assign(electron.exposed, { [name]: value }),
    },
    ipcRenderer: ipc,
  }));
  vi.stubGlobal('window', { postMessage, location: { origin: 'finegrain://app' } });
  await import('./index.ts');
});

test('the page gets the bridge and nothing else: no ipcRenderer, no channel of its choice', () => {
  expect(Object.keys(electron.exposed)).toEqual(['finegrain']);
  expect(Object.keys(electron.exposed.finegrain as object).sort()).toEqual(['connect', 'onHostLost']);
  (electron.exposed.finegrain as DesktopBridge).connect();
  expect(electron.sent).toEqual([[channels.connect]]);
});

test('the port is posted to our own origin only', () => {
  ipc.emit(channels.port, { ports: ['port'] });
  expect(postMessage).toHaveBeenCalledWith(portMessage, 'finegrain://app', ['port']);
});

test('a lost host is told without the event object, until nobody listens', () => {
  const listener = vi.fn();
  const stop = (electron.exposed.finegrain as DesktopBridge).onHostLost(listener);
  ipc.emit(channels.hostLost, { sender: 'secret' }, 'It died.', false);
  expect(listener.mock.calls).toEqual([['It died.', false]]);
  stop();
  ipc.emit(channels.hostLost, {}, 'Again.', true);
  expect(listener).toHaveBeenCalledOnce();
});
