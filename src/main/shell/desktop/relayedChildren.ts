/**
 * Training processes of the desktop app. Only Electron's main process can start utility processes, and with the
 * `runAsNode` fuse off the host cannot fork Node either; so the host asks the main process to start each one, and their
 * few small messages pass through it. A trainer never outlives the host that asked for it.
 */
import type { ChildHandle, Launch } from '../../host/processes.ts';
import type { HostToMain, MainToHost } from './processMessages.ts';

/** The host's side: a launcher whose processes live in the main process' care. */
export function relayedLauncher(post: (message: HostToMain) => void): {
  launch: Launch;
  receive(message: MainToHost): void;
} {
  interface Child {
    pid: number | undefined;
    readonly messages: ((message: unknown) => void)[];
    readonly exits: ((exit: { code: number | null; cause: string }) => void)[];
  }
  const children = new Map<number, Child>();
  let next = 0;
  return {
    launch(): ChildHandle {
      const child = next++;
      const state: Child = { pid: undefined, messages: [], exits: [] };
      children.set(child, state);
      post({ type: 'child.start', child });
      return {
        get pid() {
          return state.pid;
        },
        post: (message) => post({ type: 'child.post', child, message }),
        onMessage: (listener) => state.messages.push(listener),
        onExit: (listener) => state.exits.push(listener),
        kill: () => post({ type: 'child.kill', child }),
      };
    },
    receive(message) {
      if (!('child' in message)) return;
      const state = children.get(message.child);
      if (state === undefined) return;
      if (message.type === 'child.started') state.pid = message.pid;
      else if (message.type === 'child.message')
        for (const listener of state.messages) listener(message.message);
      else if (message.type === 'child.exit') {
        children.delete(message.child);
        for (const listener of state.exits) listener({ code: message.code, cause: message.cause });
      }
    },
  };
}

/** The main process' side, for one host process: starts what that host asks for. */
export function careForChildren(
  launch: Launch,
  post: (message: MainToHost) => void,
): { receive(message: HostToMain): void; killAll(): void } {
  const children = new Map<number, ChildHandle>();
  return {
    receive(message) {
      if (message.type === 'child.start') {
        const { child } = message;
        const handle = launch();
        children.set(child, handle);
        handle.onMessage((inner) => post({ type: 'child.message', child, message: inner }));
        handle.onExit(({ code, cause }) => {
          children.delete(child);
          post({ type: 'child.exit', child, code, cause });
        });
        post({ type: 'child.started', child, pid: handle.pid });
      } else if (message.type === 'child.post') children.get(message.child)?.post(message.message);
      else if (message.type === 'child.kill') children.get(message.child)?.kill();
    },
    killAll() {
      for (const handle of children.values()) handle.kill();
      children.clear();
    },
  };
}
