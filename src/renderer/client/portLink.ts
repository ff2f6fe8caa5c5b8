/** The line of the desktop app: a MessagePort to the host's own process, past the main process. */
import { type DesktopBridge, portMessage } from '../../shared/rpc/bridge.ts';
import type { HostMessage, PageMessage } from '../../shared/rpc/wire.ts';
import type { Link, LinkListener } from './link.ts';

/** `target` is the window that the preload script posts the port to. */
export function createPortLink(bridge: DesktopBridge, target: EventTarget): Link {
  let port: MessagePort | null = null;
  let stop: (() => void) | undefined;
  let receivePort: ((event: Event) => void) | undefined;

  return {
    start(listener: LinkListener) {
      receivePort = (event) => {
        const { data, ports, source } = event as MessageEvent<unknown>;
        // Only this window posts to itself: a frame or an opener would show as another source.
        if (data !== portMessage || source !== target || ports[0] === undefined) return;
        port?.close();
        port = ports[0];
        port.onmessage = ({ data: message }: MessageEvent<HostMessage>) => listener.received(message);
        listener.opened();
      };
      target.addEventListener('message', receivePort);
      stop = bridge.onHostLost((reason, final) => {
        port?.close();
        port = null;
        listener.lost(reason, final);
        if (!final) bridge.connect(); // answered once the next host is up
      });
      bridge.connect();
    },
    send(message: PageMessage) {
      port?.postMessage(message);
    },
    close() {
      stop?.();
      if (receivePort !== undefined) target.removeEventListener('message', receivePort);
      port?.close();
    },
  };
}
