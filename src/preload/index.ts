/**
 * Runs before the page, in the sandbox, in a world of its own. Gives the page exactly one thing: a way to ask for its
 * port to the host. The port is posted to the page's own window, since ports cannot cross the context bridge.
 */
import { contextBridge, ipcRenderer } from 'electron';
import { channels, type DesktopBridge, portMessage } from '../shared/rpc/bridge.ts';

const bridge: DesktopBridge = {
  connect: () => ipcRenderer.send(channels.connect),
  onHostLost(listener) {
    const receive = (_event: unknown, reason: string, final: boolean) => listener(reason, final);
    ipcRenderer.on(channels.hostLost, receive);
    return () => {
      ipcRenderer.off(channels.hostLost, receive);
    };
  },
};

ipcRenderer.on(channels.port, (event) =>
  window.postMessage(portMessage, window.location.origin, event.ports),
);
contextBridge.exposeInMainWorld('finegrain', bridge);
