import { expect, test } from 'vitest';
import type { ChildHandle, Launch } from '../../host/processes.ts';
import { careForChildren, relayedLauncher } from './relayedChildren.ts';

/** A child process under the test's control, and what was done to it. */
function fakeChild(pid: number) {
  const did: unknown[] = [];
  let tell: (message: unknown) => void = () => undefined;
  let end: (exit: { code: number | null; cause: string }) => void = () => undefined;
  const handle: ChildHandle = {
    pid,
    post: (message) => did.push(message),
    onMessage: (listener) => {
      tell = listener;
    },
    onExit: (listener) => {
      end = listener;
    },
    kill: () => did.push('killed'),
  };
  return {
    handle,
    did,
    tell: (message: unknown) => tell(message),
    end: (code: number) => end({ code, cause: `exit code ${code}` }),
  };
}

/** Both sides, joined by structured clones as in Electron. */
function joined() {
  const started: ReturnType<typeof fakeChild>[] = [];
  const launchReal: Launch = () => {
    const child = fakeChild(100 + started.length);
    started.push(child);
    return child.handle;
  };
  const host = relayedLauncher((message) => care.receive(structuredClone(message)));
  const care = careForChildren(launchReal, (message) => host.receive(structuredClone(message)));
  return { host, care, started };
}

test('messages and the end of each child reach its own handle', () => {
  const { host, started } = joined();
  const [first, second] = [host.launch(), host.launch()];
  const log: unknown[] = [];
  first.onMessage((message) => log.push(['first', message]));
  second.onMessage((message) => log.push(['second', message]));
  second.onExit((exit) => log.push(['second', exit]));
  expect([first.pid, second.pid]).toEqual([100, 101]);
  first.post({ loss: Number.NaN });
  expect(started[0]!.did).toEqual([{ loss: Number.NaN }]);
  started[1]!.tell('hello');
  started[0]!.tell('hi');
  started[1]!.end(9);
  started[1]!.tell('from the grave');
  expect(log).toEqual([
    ['second', 'hello'],
    ['first', 'hi'],
    ['second', { code: 9, cause: 'exit code 9' }],
  ]);
  second.post('too late');
  expect(started[1]!.did).toEqual([]);
});

test('a handle can kill its child, and the main process all of them', () => {
  const { host, care, started } = joined();
  host.launch().kill();
  host.launch();
  care.killAll();
  expect(started.map(({ did }) => did)).toEqual([['killed', 'killed'], ['killed']]);
});
