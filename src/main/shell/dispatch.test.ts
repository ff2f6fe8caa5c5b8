import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { FinegrainError } from '../../shared/errors.ts';
import type { Handlers } from '../../shared/rpc/contract.ts';
import type { HostMessage } from '../../shared/rpc/wire.ts';
import { createDispatcher } from './dispatch.ts';
import { createTestHost, testPoint, testSummary } from './testing.ts';

function connect(handlers: Partial<Handlers> = {}) {
  const host = createTestHost(handlers);
  const sent: HostMessage[] = [];
  const refused: string[] = [];
  const dispatcher = createDispatcher(host, {
    send: (message) => sent.push(message),
    refuse: (reason) => refused.push(reason),
  });
  const call = (id: number, procedure: string, input: unknown) =>
    dispatcher.receive({ type: 'call', id, procedure, input });
  return { host, sent, refused, dispatcher, call };
}

describe('calls', () => {
  test('a handler gets the parsed input with its defaults, and its answer carries the id', async () => {
    const list = vi.fn(async () => []);
    const { sent, call } = connect({ 'runs.list': list });
    call(7, 'runs.list', {});
    await vi.waitFor(() => expect(sent).toEqual([{ type: 'result', id: 7, output: [] }]));
    expect(list).toHaveBeenCalledWith(
      { archived: false },
      expect.objectContaining({ signal: expect.any(AbortSignal) }),
    );
  });

  test('answers come as they are ready, not in the order of the questions', async () => {
    const { sent, call } = connect({
      'runs.list': async () => {
        await sleep(20);
        return [];
      },
      'data.list': async () => [],
    });
    call(1, 'runs.list', {});
    call(2, 'data.list', {});
    await vi.waitFor(() => expect(sent).toHaveLength(2));
    expect(sent.map((message) => 'id' in message && message.id)).toEqual([2, 1]);
  });

  test('an input that breaks the schema never reaches the handler; the error names the field', async () => {
    const get = vi.fn();
    const { sent, call } = connect({ 'runs.get': get });
    call(1, 'runs.get', { run: 5 });
    call(2, 'runs.get', { run: 'a', extra: true });
    await vi.waitFor(() => expect(sent).toHaveLength(2));
    expect(sent[0]).toMatchObject({
      type: 'error',
      id: 1,
      error: { code: 'input.invalid', problems: [{ path: 'run' }] },
    });
    expect(sent[1]).toMatchObject({ type: 'error', id: 2, error: { code: 'input.invalid' } });
    expect(get).not.toHaveBeenCalled();
  });

  test.each(['runs.format', 'constructor', '__proto__', 'toString', ''])(
    'no procedure "%s"',
    async (procedure) => {
      const { sent, call } = connect();
      call(1, procedure, {});
      await vi.waitFor(() =>
        expect(sent).toMatchObject([{ type: 'error', id: 1, error: { code: 'notFound' } }]),
      );
    },
  );

  test('our errors cross whole; others become internal, without a stack, and are logged', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { sent, call } = connect({
      'runs.stop': async () => {
        throw new FinegrainError('run.state', 'It is not running.', 'Start it first.');
      },
      'runs.pause': async () => {
        throw new TypeError('x is undefined');
      },
    });
    call(1, 'runs.stop', { run: 'a' });
    call(2, 'runs.pause', { run: 'a' });
    await vi.waitFor(() => expect(sent).toHaveLength(2));
    expect(sent).toEqual([
      {
        type: 'error',
        id: 1,
        error: { code: 'run.state', message: 'It is not running.', hint: 'Start it first.' },
      },
      { type: 'error', id: 2, error: { code: 'internal', message: 'x is undefined' } },
    ]);
    expect(log).toHaveBeenCalledOnce();
    log.mockRestore();
  });

  test('a cancelled call is answered once, at once, and its handler is told', async () => {
    let signal: AbortSignal | undefined;
    let finish: (() => void) | undefined;
    const { sent, call, dispatcher } = connect({
      'runs.list': (_input, context) => {
        signal = context?.signal;
        return new Promise((resolve) => {
          finish = () => resolve([]);
        });
      },
    });
    call(1, 'runs.list', {});
    await vi.waitFor(() => expect(signal).toBeDefined());
    dispatcher.receive({ type: 'cancel', id: 1 });
    expect(sent).toMatchObject([{ type: 'error', id: 1, error: { code: 'cancelled' } }]);
    expect(signal?.aborted).toBe(true);
    finish?.();
    dispatcher.receive({ type: 'cancel', id: 1 });
    dispatcher.receive({ type: 'cancel', id: 99 });
    await sleep(5);
    expect(sent).toHaveLength(1);
  });

  test('more calls at once than any page needs are refused, and the line stays usable', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { sent, call } = connect({
      'runs.list': async () => {
        await gate;
        return [];
      },
    });
    for (let id = 0; id < 300; id++) call(id, 'runs.list', {});
    await vi.waitFor(() => expect(sent).toHaveLength(300 - 256));
    expect(sent[0]).toMatchObject({ type: 'error', error: { code: 'input.invalid' } });
    release();
    await vi.waitFor(() => expect(sent.filter(({ type }) => type === 'result')).toHaveLength(256));
    call(1000, 'runs.list', {});
    await vi.waitFor(() => expect(sent.at(-1)).toEqual({ type: 'result', id: 1000, output: [] }));
  });

  test('closing aborts what is open and says nothing more', async () => {
    let signal: AbortSignal | undefined;
    const { sent, call, dispatcher, host } = connect({
      'runs.list': async (_input, context) => {
        signal = context?.signal;
        await sleep(10);
        return [];
      },
    });
    dispatcher.receive({ type: 'subscribe', events: ['run.changed'] });
    call(1, 'runs.list', {});
    await vi.waitFor(() => expect(signal).toBeDefined());
    dispatcher.close();
    expect(signal?.aborted).toBe(true);
    expect(host.listening()).toBe(0);
    await sleep(20);
    expect(sent).toEqual([]);
  });
});

describe('what breaks the protocol is refused', () => {
  test.each([
    ['nothing', undefined],
    ['text', 'hello'],
    ['another type', { type: 'eval', code: '1' }],
    ['a negative id', { type: 'call', id: -1, procedure: 'app.info', input: {} }],
    ['a field too many', { type: 'cancel', id: 1, extra: 1 }],
    ['an unknown event', { type: 'subscribe', events: ['run.secrets'] }],
  ])('%s', (_name, message) => {
    const { dispatcher, refused, sent } = connect();
    dispatcher.receive(message);
    expect(refused).toHaveLength(1);
    expect(sent).toEqual([]);
  });

  test('an id that is still open', async () => {
    const { call, refused } = connect({ 'runs.list': () => new Promise(() => undefined) });
    call(1, 'runs.list', {});
    call(1, 'runs.list', {});
    expect(refused).toHaveLength(1);
  });
});

describe('events', () => {
  const events = (sent: HostMessage[]) =>
    sent.flatMap((message) => (message.type === 'events' ? message.items : []));

  test('only what was asked for, until it is asked for no more', async () => {
    const { host, dispatcher, sent } = connect();
    dispatcher.receive({ type: 'subscribe', events: ['run.removed'] });
    host.emit('run.changed', testSummary('a', 1));
    host.emit('run.removed', { run: 'a' });
    await vi.waitFor(() => expect(events(sent)).toEqual([{ event: 'run.removed', payload: { run: 'a' } }]));
    dispatcher.receive({ type: 'subscribe', events: [] });
    expect(host.listening()).toBe(0);
  });

  test('queued events of a run are merged: the newest summary, all points in order', async () => {
    const { host, dispatcher, sent } = connect();
    dispatcher.receive({ type: 'subscribe', events: ['run.changed', 'run.points'] });
    const first = { run: 'a', points: [testPoint(1)] };
    host.emit('run.changed', testSummary('a', 1));
    host.emit('run.points', first);
    host.emit('run.changed', testSummary('b', 1));
    host.emit('run.changed', testSummary('a', 2));
    host.emit('run.points', { run: 'a', points: [testPoint(2)] });
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(events(sent)).toEqual([
      { event: 'run.changed', payload: testSummary('a', 2) },
      { event: 'run.points', payload: { run: 'a', points: [testPoint(1), testPoint(2)] } },
      { event: 'run.changed', payload: testSummary('b', 1) },
    ]);
    expect(first.points).toHaveLength(1); // the host's own list was not extended
  });

  test('a removal is not passed by a summary that comes after it', async () => {
    const { host, dispatcher, sent } = connect();
    dispatcher.receive({ type: 'subscribe', events: ['run.changed', 'run.removed'] });
    host.emit('run.changed', testSummary('a', 1));
    host.emit('run.removed', { run: 'a' });
    host.emit('run.changed', testSummary('a', 2));
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(events(sent).map(({ event }) => event)).toEqual(['run.changed', 'run.removed', 'run.changed']);
  });

  test('a page that does not acknowledge gets few batches, and everything, merged, once it does', async () => {
    const { host, dispatcher, sent } = connect();
    dispatcher.receive({ type: 'subscribe', events: ['run.points'] });
    for (let step = 0; step < 60; step++) {
      host.emit('run.points', { run: 'a', points: [testPoint(step)] });
      await sleep(10);
    }
    const ahead = sent.length;
    expect(ahead).toBeLessThanOrEqual(4);
    expect(events(sent).length).toBeLessThan(60);
    let acknowledged = 0;
    await vi.waitFor(() => {
      for (; acknowledged < sent.length; acknowledged++) {
        const message = sent[acknowledged]!;
        if (message.type === 'events') dispatcher.receive({ type: 'acknowledge', batch: message.batch });
      }
      const steps = events(sent).flatMap((item) => (item.event === 'run.points' ? item.payload.points : []));
      expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 60 }, (_, step) => step));
    });
  });

  test('a page that never keeps up costs bounded memory and is told that it missed something', async () => {
    const { host, dispatcher, sent } = connect();
    dispatcher.receive({ type: 'subscribe', events: ['run.points', 'run.removed'] });
    const points = Array.from({ length: 5000 }, (_, step) => testPoint(step));
    for (let round = 0; round < 5; round++) host.emit('run.points', { run: 'a', points });
    host.emit('run.removed', { run: 'a' });
    await vi.waitFor(() => expect(sent.map(({ type }) => type)).toEqual(['gap', 'events']));
    expect(events(sent)).toEqual([{ event: 'run.removed', payload: { run: 'a' } }]);
  });
});
