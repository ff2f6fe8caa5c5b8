/** The line of the browser shell: one WebSocket, opened again with growing pauses whenever it breaks. */
import { FinegrainError } from '../../shared/errors.ts';
import { maximumMessageLength } from '../../shared/rpc/limits.ts';
import type { HostMessage, PageMessage } from '../../shared/rpc/wire.ts';
import type { Link, LinkListener } from './link.ts';

const firstPause = 250; // ms
const longestPause = 5_000; // ms

const noAnswer = 'Finegrain does not answer: is it still running in the terminal?';
const startedAnew = 'Finegrain was started again: open the address that it printed in the terminal.';

/** Pause before attempt number `attempt` (0 = first retry): doubled each time, with a tenth of jitter. */
export function pauseBefore(attempt: number, random: () => number = Math.random): number {
  return Math.min(longestPause, firstPause * 2 ** attempt) * (1 + 0.1 * random());
}

export interface WebSocketLinkOptions {
  readonly address: string;
  /** `WebSocket` of the page; tests pass another. */
  readonly create?: (address: string) => WebSocket;
  /** Whether a host answers but does not know this page's session: it was started anew. A failed socket cannot tell. */
  readonly isStranger?: () => Promise<boolean>;
}

export function createWebSocketLink(options: WebSocketLinkOptions): Link {
  const create = options.create ?? ((address: string) => new WebSocket(address));
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let closed = false;

  function connect(listener: LinkListener): void {
    const current = create(options.address);
    socket = current;
    current.addEventListener('open', () => {
      attempt = 0;
      listener.opened();
    });
    current.addEventListener('message', (event: MessageEvent<string>) => {
      listener.received(JSON.parse(event.data) as HostMessage);
    });
    current.addEventListener('close', async () => {
      if (closed) return;
      const stranger = (await options.isStranger?.()) ?? false;
      if (closed) return;
      listener.lost(stranger ? startedAnew : noAnswer, false);
      timer = setTimeout(() => connect(listener), pauseBefore(attempt++));
    });
  }

  return {
    start: connect,
    send(message: PageMessage) {
      const text = JSON.stringify(message);
      // The host counts bytes, a code unit takes up to three; a UTF-8 count is needed only near the limit.
      if (
        text.length * 3 > maximumMessageLength &&
        new TextEncoder().encode(text).length > maximumMessageLength
      ) {
        const megabytes = Math.round(maximumMessageLength / 2 ** 20);
        throw new FinegrainError(
          'input.invalid',
          `This is longer than the ${megabytes} MB that the page may send at once.`,
          'Add large files from a terminal: finegrain data add FILE --name NAME.',
        );
      }
      socket?.send(text);
    },
    close() {
      closed = true;
      clearTimeout(timer);
      socket?.close();
    },
  };
}
