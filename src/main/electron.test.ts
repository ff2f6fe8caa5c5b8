/** The desktop shell against a double of the `electron` module: what it asks of Electron, and what it refuses. */
import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { channels } from '../shared/rpc/bridge.ts';

interface WindowOptions {
  webPreferences: Record<string, unknown>;
  [option: string]: unknown;
}

/** Everything electron.ts uses, recorded. */
function createDouble(options: { firstInstance: boolean }) {
  const log: string[] = [];
  const windows: { options: WindowOptions; loaded: string[]; sent: unknown[][]; window: EventEmitter }[] = [];
  const host = Object.assign(new EventEmitter(), {
    posted: [] as unknown[],
    postMessage(message: unknown) {
      host.posted.push(message);
    },
    kill: () => true,
  });
  const app = Object.assign(new EventEmitter(), {
    isPackaged: false,
    enableSandbox: () => log.push('sandbox for all'),
    requestSingleInstanceLock: () => options.firstInstance,
    whenReady: async () => undefined,
    getPath: () => '/nowhere',
    quit: () => log.push('quit'),
    exit: (code: number) => log.push(`exit ${code}`),
    commandLine: { getSwitchValue: (name: string) => (name === 'workspace' ? '/given' : '') },
  });
  class BrowserWindow extends EventEmitter {
    readonly webContents: { send(...message: unknown[]): void };
    readonly #record;
    constructor(given: WindowOptions) {
      super();
      this.#record = {
        options: given,
        loaded: [] as string[],
        sent: [] as unknown[][],
        window: this as EventEmitter,
      };
      this.webContents = { send: (...message) => this.#record.sent.push(message) };
      windows.push(this.#record);
    }
    async loadURL(address: string) {
      this.#record.loaded.push(address);
    }
    show() {
      log.push('show');
    }
    focus() {
      log.push('focus');
    }
    isMinimized() {
      return true;
    }
    restore() {
      log.push('restore');
    }
  }
  const ipcMain = new EventEmitter();
  return {
    log,
    windows,
    host,
    app,
    ipcMain,
    module: {
      app,
      BrowserWindow,
      ipcMain,
      dialog: {
        showErrorBox: (title: string, text: string) => log.push(`${title}: ${text}`),
        showMessageBox: async ({ message }: { message: string }) => log.push(`notice: ${message}`),
      },
      Menu: {
        setApplicationMenu: () => log.push('menu'),
        buildFromTemplate: (template: unknown) => template,
      },
      MessageChannelMain: class {
        readonly port1 = 'host end';
        readonly port2 = 'page end';
      },
      protocol: {
        registerSchemesAsPrivileged: () => log.push('scheme declared'),
        handle: (name: string) => log.push(`scheme ${name} served`),
      },
      screen: { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] },
      session: {
        defaultSession: {
          setPermissionRequestHandler: () => log.push('permissions refused'),
          setPermissionCheckHandler: () => undefined,
          setDevicePermissionHandler: () => undefined,
        },
      },
      shell: { openExternal: async (address: string) => log.push(`outside: ${address}`) },
      utilityProcess: { fork: (entry: string) => log.push(`fork ${entry.split('/').at(-1)}`) && host },
    },
  };
}

async function start(options = { firstInstance: true }) {
  vi.resetModules();
  const double = createDouble(options);
  vi.doMock('electron', () => double.module);
  await import('./electron.ts');
  await Promise.resolve();
  return double;
}

beforeEach(() => {
  vi.doUnmock('electron');
});

describe('the desktop shell', () => {
  test('declares its scheme first, sandboxes everything, and serves before the window loads', async () => {
    const { log, windows } = await start();
    expect(log.slice(0, 2)).toEqual(['scheme declared', 'sandbox for all']);
    expect(log).toContain('scheme finegrain served');
    expect(log).toContain('permissions refused');
    expect(log).toContain('fork host-process.js');
    expect(windows[0]?.loaded).toEqual(['finegrain://app/index.html']);
  });

  test('shuts the page in', async () => {
    const { windows } = await start();
    const { preload, ...preferences } = windows[0]!.options.webPreferences;
    expect(preload).toMatch(/preload[\\/]index\.cjs$/);
    expect(preferences).toEqual({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: false,
    });
  });

  test('hands a port to our page, and to no other sender', async () => {
    const { ipcMain, host } = await start();
    host.emit('message', { type: 'ready' });
    const frame = (url: string, parent: unknown = null) => ({ url, parent, postMessage: vi.fn() });
    const ours = frame('finegrain://app/index.html');
    ipcMain.emit(channels.connect, { senderFrame: ours });
    expect(ours.postMessage).toHaveBeenCalledWith(channels.port, null, ['page end']);
    for (const stranger of [frame('https://evil.example/'), frame('finegrain://app/', ours)]) {
      ipcMain.emit(channels.connect, { senderFrame: stranger });
      expect(stranger.postMessage).not.toHaveBeenCalled();
    }
    ipcMain.emit(channels.connect, { senderFrame: null });
    expect(host.posted).toEqual([{ type: 'open', workspace: '/given' }, { type: 'connect' }]);
  });

  test('shows its window again when it is started a second time, and the second one goes', async () => {
    const { app, log } = await start();
    app.emit('second-instance');
    expect(log.slice(-2)).toEqual(['restore', 'focus']);
    const second = await start({ firstInstance: false });
    expect(second.log.at(-1)).toBe('quit');
    expect(second.windows).toEqual([]);
  });

  test('tells page and user when the host died', async () => {
    const { host, windows, log } = await start();
    for (let death = 0; death < 4; death++) host.emit('exit', 139);
    expect(windows[0]!.sent.map(([channel, , final]) => [channel, final])).toContainEqual([
      channels.hostLost,
      true,
    ]);
    expect(log.at(-1)).toMatch(/^Finegrain stopped: .*exit code 139/);
  });

  test('says why a workspace cannot be opened, with the way out, and ends', async () => {
    const { host, log } = await start();
    host.emit('message', {
      type: 'failed',
      error: { code: 'store.busy', message: 'It is held.', hint: 'Close it.' },
    });
    expect(log.slice(-2)).toEqual([
      'Finegrain cannot open its workspace: It is held.\n\nClose it.',
      'exit 1',
    ]);
  });

  test('quits only after the host has closed its store', async () => {
    const { app, host, log } = await start();
    const preventDefault = vi.fn();
    app.emit('before-quit', { preventDefault });
    expect(preventDefault).toHaveBeenCalledOnce();
    expect(host.posted.at(-1)).toEqual({ type: 'close' });
    expect(log).not.toContain('quit');
    host.emit('exit', 0);
    await vi.waitFor(() => expect(log.at(-1)).toBe('quit'));
    app.emit('before-quit', { preventDefault });
    expect(preventDefault).toHaveBeenCalledOnce();
  });
});
