import { describe, expect, test, vi } from 'vitest';
import { type DesktopBridge, portMessage } from '../../shared/rpc/bridge.ts';
import { maximumMessageLength } from '../../shared/rpc/wire.ts';
import type { LinkListener } from './link.ts';
import { createPortLink } from './portLink.ts';
import { createWebSocketLink, pauseBefore } from './webSocketLink.ts';

function recorder() {
  const log: string[] = [];
  const listener: LinkListener = {
    opened: () => log.push('opened'),
    received: (message) => log.push(message.type),
    lost: (_reason, final) => log.push(final ? 'lost for good' : 'lost'),
  };
  return { log, listener };
}

describe('the WebSocket', () => {
  class FakeSocket extends EventTarget {
    readonly sent: string[] = [];
    closed = false;
    send(text: string) {
      this.sent.push(text);
    }
    close() {
      this.closed = true;
    }
  }

  function setUp() {
    const sockets: FakeSocket[] = [];
    const link = createWebSocketLink({
      address: 'ws://127.0.0.1:1/socket',
      create: () => {
        const socket = new FakeSocket();
        sockets.push(socket);
        return socket as unknown as WebSocket;
      },
    });
    return { sockets, link, ...recorder() };
  }

  test('is opened again after each break, with growing pauses that a success resets', async () => {
    vi.useFakeTimers();
    const { sockets, link, log, listener } = setUp();
    link.start(listener);
    sockets[0]!.dispatchEvent(new Event('open'));
    sockets[0]!.dispatchEvent(new Event('close'));
    await vi.advanceTimersByTimeAsync(300);
    expect(sockets).toHaveLength(2);
    sockets[1]!.dispatchEvent(new Event('close'));
    await vi.advanceTimersByTimeAsync(300);
    expect(sockets).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(300);
    expect(sockets).toHaveLength(3);
    sockets[2]!.dispatchEvent(new Event('open'));
    expect(log).toEqual(['opened', 'lost', 'lost', 'opened']);
    link.close();
    sockets[2]!.dispatchEvent(new Event('close'));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(sockets).toHaveLength(3);
    expect(sockets[2]!.closed).toBe(true);
    vi.useRealTimers();
  });

  test('says why: nobody answers, or a host that was started anew', async () => {
    vi.useFakeTimers();
    const reasons: string[] = [];
    let stranger = false;
    const sockets: FakeSocket[] = [];
    const link = createWebSocketLink({
      address: 'ws://127.0.0.1:1/socket',
      create: () => {
        sockets.push(new FakeSocket());
        return sockets.at(-1) as unknown as WebSocket;
      },
      isStranger: async () => stranger,
    });
    link.start({
      opened: () => undefined,
      received: () => undefined,
      lost: (reason) => reasons.push(reason),
    });
    sockets[0]!.dispatchEvent(new Event('close'));
    await vi.advanceTimersByTimeAsync(300);
    stranger = true;
    sockets[1]!.dispatchEvent(new Event('close'));
    await vi.advanceTimersByTimeAsync(600);
    expect(reasons).toEqual([
      expect.stringContaining('still running'),
      expect.stringContaining('open the address'),
    ]);
    expect(sockets).toHaveLength(3);
    link.close();
    vi.useRealTimers();
  });

  test('pauses double up to a limit', () => {
    const pauses = [0, 1, 2, 10, 100].map((attempt) => pauseBefore(attempt, () => 0));
    expect(pauses).toEqual([250, 500, 1000, 5000, 5000]);
    expect(pauseBefore(0, () => 1)).toBeCloseTo(275);
  });

  test('a message too long for the host is refused here, in bytes', () => {
    const { link, listener, sockets } = setUp();
    link.start(listener);
    const text = (length: number, character: string) =>
      link.send({ type: 'call', id: 1, procedure: 'data.addText', input: character.repeat(length) });
    expect(() => text(maximumMessageLength, 'x')).toThrow(/64 MB/);
    expect(() => text(maximumMessageLength / 2, 'é')).toThrow(/64 MB/); // two bytes each
    text(maximumMessageLength / 2, 'x');
    expect(sockets[0]!.sent).toHaveLength(1);
  });
});

describe('the desktop port', () => {
  function setUp() {
    let lost: Parameters<DesktopBridge['onHostLost']>[0] = () => undefined;
    const bridge: DesktopBridge = {
      connect: vi.fn(),
      onHostLost: (listener) => {
        lost = listener;
        return () => undefined;
      },
    };
    const target = new EventTarget();
    const link = createPortLink(bridge, target);
    const post = (data: unknown, source: unknown = target) => {
      const { port1, port2 } = new MessageChannel();
      const event = Object.assign(new Event('message'), { data, source, ports: [port2] });
      target.dispatchEvent(event);
      return port1;
    };
    return { bridge, link, post, lose: (final: boolean) => lost('gone', final), ...recorder() };
  }

  test('is asked for, and carries messages both ways', async () => {
    const { bridge, link, post, log, listener } = setUp();
    link.start(listener);
    expect(bridge.connect).toHaveBeenCalledOnce();
    const host = post(portMessage);
    expect(log).toEqual(['opened']);
    host.postMessage({ type: 'gap' });
    await vi.waitFor(() => expect(log).toEqual(['opened', 'gap']));
    const arrived = new Promise((resolve) => {
      host.onmessage = ({ data }) => resolve(data);
    });
    link.send({ type: 'cancel', id: 3 });
    expect(await arrived).toEqual({ type: 'cancel', id: 3 });
    host.close();
    link.close();
  });

  test('is not taken from another window, nor from another message', () => {
    const { link, post, log, listener } = setUp();
    link.start(listener);
    post(portMessage, new EventTarget()).close();
    post('something else').close();
    expect(log).toEqual([]);
    link.close();
  });

  test('is asked for again when the host died, unless it is gone for good', () => {
    const { bridge, link, post, lose, log, listener } = setUp();
    link.start(listener);
    post(portMessage).close();
    lose(false);
    expect(bridge.connect).toHaveBeenCalledTimes(2);
    post(portMessage).close();
    lose(true);
    expect(bridge.connect).toHaveBeenCalledTimes(2);
    expect(log).toEqual(['opened', 'lost', 'opened', 'lost for good']);
    link.close();
  });
});
