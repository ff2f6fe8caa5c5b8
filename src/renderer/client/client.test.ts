import { describe, expect, test, vi } from 'vitest';
import type { HostMessage, PageMessage } from '../../shared/rpc/wire.ts';
import { createClientOver } from './client.ts';
import type { Link, LinkListener } from './link.ts';

/** A line under the test's control. */
function setUp() {
  const sent: PageMessage[] = [];
  let listener: LinkListener | undefined;
  const link: Link = {
    start: (given) => {
      listener = given;
    },
    send: (message) => sent.push(structuredClone(message)),
    close: () => undefined,
  };
  const client = createClientOver(link);
  return {
    client,
    sent,
    calls: () => sent.filter((message) => message.type === 'call'),
    open: () => listener?.opened(),
    lose: (final = false) => listener?.lost('The host is gone.', final),
    receive: (message: HostMessage) => listener?.received(message),
  };
}

describe('calls', () => {
  test('wait for the line, then go out, and are settled by id', async () => {
    const { client, calls, open, receive } = setUp();
    const first = client.call('runs.list', {});
    const second = client.call('data.list', {});
    expect(calls()).toEqual([]);
    open();
    expect(calls().map(({ procedure }) => procedure)).toEqual(['runs.list', 'data.list']);
    receive({ type: 'result', id: calls()[1]!.id, output: ['data'] });
    receive({
      type: 'error',
      id: calls()[0]!.id,
      error: { code: 'run.state', message: 'No.', hint: 'Wait.' },
    });
    await expect(second).resolves.toEqual(['data']);
    await expect(first).rejects.toMatchObject({ code: 'run.state', message: 'No.', hint: 'Wait.' });
  });

  test('that were sent fail when the line breaks; those that were not are sent once it is back', async () => {
    const { client, calls, open, lose, receive } = setUp();
    open();
    const sent = client.call('runs.list', {});
    lose();
    await expect(sent).rejects.toMatchObject({ code: 'connection.lost' });
    const waiting = client.call('data.list', {});
    open();
    expect(calls().map(({ procedure }) => procedure)).toEqual(['runs.list', 'data.list']);
    receive({ type: 'result', id: calls()[1]!.id, output: [] });
    await expect(waiting).resolves.toEqual([]);
  });

  test('give up on a line that stays down', async () => {
    vi.useFakeTimers();
    const { client, open, sent } = setUp();
    const waiting = client.call('runs.list', {});
    const outcome = expect(waiting).rejects.toMatchObject({ code: 'connection.lost' });
    await vi.advanceTimersByTimeAsync(15_000);
    await outcome;
    open();
    expect(sent.filter(({ type }) => type === 'call')).toEqual([]);
    vi.useRealTimers();
  });

  test('are cancelled by their signal: at once here, and on the other side', async () => {
    const { client, open, sent, calls, receive } = setUp();
    open();
    const controller = new AbortController();
    const call = client.call('runs.list', {}, { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'cancelled' });
    const { id } = calls()[0]!;
    expect(sent.at(-1)).toEqual({ type: 'cancel', id });
    receive({ type: 'error', id, error: { code: 'cancelled', message: 'Cancelled.' } }); // crossed: nobody waits
    await expect(client.call('runs.list', {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  test('fail at once when the host is gone for good', async () => {
    const { client, open, lose } = setUp();
    open();
    const unsent = client.call('runs.list', {});
    lose(true);
    await expect(unsent).rejects.toMatchObject({ code: 'connection.lost' });
    await expect(client.call('runs.list', {})).rejects.toMatchObject({ code: 'connection.lost' });
  });

  test('fail with the reason when the line refuses the message', async () => {
    const { client, open } = setUp();
    open();
    const cyclic: Record<string, unknown> = { format: 'finegrain.architecture' };
    cyclic.self = () => undefined; // cannot be cloned, as a message too long cannot be sent
    await expect(client.call('architecture.check', { document: cyclic })).rejects.toThrow();
  });
});

describe('events', () => {
  const removed = (batch: number): HostMessage => ({
    type: 'events',
    batch,
    items: [{ event: 'run.removed', payload: { run: 'a' } }],
  });

  test('one message tells all that is wanted; it is told again after a reconnection', async () => {
    const { client, open, lose, sent } = setUp();
    open();
    sent.length = 0;
    const stop = client.on('run.removed', () => undefined);
    client.on('run.changed', () => undefined);
    client.on('run.changed', () => undefined);
    await Promise.resolve();
    expect(sent).toEqual([{ type: 'subscribe', events: ['run.removed', 'run.changed'] }]);
    stop();
    stop();
    await Promise.resolve();
    expect(sent.at(-1)).toEqual({ type: 'subscribe', events: ['run.changed'] });
    lose();
    sent.length = 0;
    open();
    expect(sent).toEqual([{ type: 'subscribe', events: ['run.changed'] }]);
  });

  test('a batch is acknowledged after its listeners ran, even when one of them throws', () => {
    const report = vi.fn();
    vi.stubGlobal('reportError', report);
    const { client, open, receive, sent } = setUp();
    open();
    const seen: string[] = [];
    client.on('run.removed', () => {
      throw new Error('a view is broken');
    });
    client.on('run.removed', ({ run }) =>
      seen.push(`${run}, ${sent.some(({ type }) => type === 'acknowledge')}`),
    );
    receive(removed(0));
    expect(seen).toEqual(['a, false']);
    expect(sent.at(-1)).toEqual({ type: 'acknowledge', batch: 0 });
    expect(report).toHaveBeenCalledOnce();
    vi.unstubAllGlobals();
  });

  test('the same function may listen twice and leave once', () => {
    const { client, open, receive } = setUp();
    open();
    const listener = vi.fn();
    const stop = client.on('run.removed', listener);
    client.on('run.removed', listener);
    receive(removed(0));
    expect(listener).toHaveBeenCalledTimes(2);
    stop();
    receive(removed(1));
    expect(listener).toHaveBeenCalledTimes(3);
  });
});

test('the state of the line is told at once and on each change; lost events look like a broken line', () => {
  const { client, open, lose, receive } = setUp();
  const early: string[] = [];
  client.onStatus((status) => early.push(status));
  expect(early).toEqual([]); // still connecting: neither
  open();
  const late: string[] = [];
  const stop = client.onStatus((status, reason) => late.push(`${status} ${reason}`));
  lose();
  open();
  receive({ type: 'gap' });
  stop();
  lose();
  expect(late).toEqual(['open null', 'closed The host is gone.', 'open null', 'closed null', 'open null']);
  expect(early).toEqual(['open', 'closed', 'open', 'closed', 'open', 'closed']);
});
