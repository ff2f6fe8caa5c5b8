/**
 * The desktop shell: one window on `finegrain://app/`, the host in a utility process, a MessagePort between the two.
 * Everything a user sees is the page; everything that is stored or computed is the host.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  protocol,
  screen,
  session,
  shell,
  utilityProcess,
} from 'electron';
import { channels } from '../shared/rpc/bridge.ts';
import { electronLauncher } from './host/processes.ts';
import { guardContents, isTrustedFrame, refusePermissions } from './shell/desktop/guards.ts';
import { superviseHost } from './shell/desktop/hostSupervisor.ts';
import { menuTemplate } from './shell/desktop/menu.ts';
import { appOrigin, declareScheme, serveScheme } from './shell/desktop/scheme.ts';
import { keepWindowState, readWindowState } from './shell/desktop/windowState.ts';

/** What trains gets its checkpoint (the host allows it a minute), and the store its backup, within this, ms. */
const closeLimit = 80_000;
const built = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url)); // this file is out/main/electron.js

let window: BrowserWindow | null = null;

declareScheme(protocol);
app.enableSandbox();
guardContents(app, (address) => void shell.openExternal(address));

if (app.requestSingleInstanceLock()) {
  app.on('second-instance', showWindow);
  void app.whenReady().then(start);
} else {
  app.quit(); // the instance that is running shows its window instead
}

function start(): void {
  serveScheme(protocol, built('renderer'));
  refusePermissions(session.defaultSession);
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform, app.isPackaged)));

  const host = superviseHost({
    fork: () =>
      utilityProcess.fork(built('main/host-process.js'), [], {
        serviceName: 'Finegrain host',
        stdio: 'inherit',
      }),
    launchTrainer: electronLauncher(utilityProcess, built('main/trainer.js')),
    workspace: app.commandLine.getSwitchValue('workspace') || undefined,
    onRefused(error) {
      dialog.showErrorBox(
        'Finegrain cannot open its workspace',
        [error.message, error.hint].filter(Boolean).join('\n\n'),
      );
      app.exit(1);
    },
    onNotice(message, hint) {
      void dialog.showMessageBox({ type: 'warning', title: 'Finegrain', message, detail: hint ?? '' });
    },
    onLost(reason, final) {
      window?.webContents.send(channels.hostLost, reason, final);
      if (final)
        dialog.showErrorBox(
          'Finegrain stopped',
          `${reason}\n\nYour runs are kept. Close the app and start it again.`,
        );
    },
  });

  ipcMain.on(channels.connect, (event) => {
    if (!isTrustedFrame(event.senderFrame)) return;
    const { port1, port2 } = new MessageChannelMain();
    host.connect(port1);
    event.senderFrame?.postMessage(channels.port, null, [port2]);
  });

  let closed = false;
  app.on('before-quit', (event) => {
    if (closed) return;
    event.preventDefault();
    void host.close(closeLimit).then(() => {
      closed = true;
      app.quit();
    });
  });
  app.on('window-all-closed', () => app.quit());
  app.on('activate', showWindow);
  showWindow();
}

function showWindow(): void {
  if (window !== null) {
    if (window.isMinimized()) window.restore();
    window.focus();
    return;
  }
  const statePath = join(app.getPath('userData'), 'window.json');
  const state = readWindowState(
    statePath,
    screen.getAllDisplays().map(({ workArea }) => workArea),
  );
  window = new BrowserWindow({
    width: 1440,
    height: 900,
    ...(state === null ? {} : { x: state.x, y: state.y, width: state.width, height: state.height }),
    minWidth: 900,
    minHeight: 600,
    show: false, // until the page has painted: no white flash
    title: 'Finegrain',
    webPreferences: {
      preload: built('preload/index.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: false,
    },
  });
  if (state?.maximized) window.maximize();
  keepWindowState(window, statePath);
  window.once('ready-to-show', () => window?.show());
  window.on('closed', () => {
    window = null;
  });
  void window.loadURL(`${appOrigin}/index.html`);
}
