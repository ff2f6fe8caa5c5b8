/** What carries messages between the page and the host: a WebSocket in the browser, a MessagePort in the desktop app. */
import type { HostMessage, PageMessage } from '../../shared/rpc/wire.ts';

export interface LinkListener {
  /** The other side listens; called again after each reconnection. */
  opened(): void;
  received(message: HostMessage): void;
  /** The line is down; the link tries again by itself unless `final`. `reason` is a sentence for the user. */
  lost(reason: string, final: boolean): void;
}

export interface Link {
  /** Connects, and keeps connecting. Called once. */
  start(listener: LinkListener): void;
  /** Only while open. Throws FinegrainError `input.invalid` for a message that is too long. */
  send(message: PageMessage): void;
  close(): void;
}
