/**
 * What the desktop shell's preload script puts on `window.finegrain`, and the channel names between it and the main
 * process. The contract itself never passes here: it runs over the MessagePort that `connect` asks for.
 */

export interface DesktopBridge {
  /** Asks for a port to the host. It arrives as a window message of type `portMessage`, with the port as its transfer. */
  connect(): void;
  /** The host ended by surprise; a new one is starting, or (`final`) it ended too often. Returns a way to stop listening. */
  onHostLost(listener: (reason: string, final: boolean) => void): () => void;
}

/** `data` of the window message that carries the port. */
export const portMessage = 'finegrain:port';

export const channels = {
  connect: 'finegrain:connect',
  port: 'finegrain:port',
  hostLost: 'finegrain:host-lost',
} as const;
