/** The page's client: over the desktop app's port where there is one, else over the browser shell's WebSocket. */
import type { DesktopBridge } from '../../shared/rpc/bridge.ts';
import { createClientOver, type PageClient } from './client.ts';
import { createPortLink } from './portLink.ts';
import { createWebSocketLink } from './webSocketLink.ts';

export type { ConnectionStatus, PageClient } from './client.ts';

declare global {
  interface Window {
    /** Set by the preload script of the desktop app. */
    readonly finegrain?: DesktopBridge;
  }
}

export function createClient(): PageClient {
  if (window.finegrain !== undefined) return createClientOver(createPortLink(window.finegrain, window));
  const address = new URL('/socket', window.location.href);
  address.protocol = 'ws:';
  return createClientOver(createWebSocketLink({ address: address.href, isStranger }));
}

async function isStranger(): Promise<boolean> {
  try {
    const { status } = await fetch(new URL('/', window.location.href), { method: 'HEAD', cache: 'no-store' });
    return status === 401;
  } catch {
    return false; // nobody answers at all
  }
}
