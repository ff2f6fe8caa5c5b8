/**
 * The child's end of the channel to the host: the same few calls over Node's IPC channel (`child_process.fork`) and
 * over Electron's `process.parentPort` (`utilityProcess.fork`).
 */

export interface Port {
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** The host is gone (or let go of the channel). Electron ends a utility process with its parent, so it never fires there. */
  onClose(listener: () => void): void;
  /** Resolves once everything posted has left the process. */
  flush(): Promise<void>;
}

/** What Electron adds to `process` inside a utility process; declared here so that no file of ours imports Electron. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
}

/** The port of this process. Throws when the process was not started by a host. */
export function hostPort(): Port {
  const parentPort = (process as NodeJS.Process & { parentPort?: ParentPort }).parentPort;
  if (parentPort !== undefined && parentPort !== null) {
    return {
      post: (message) => parentPort.postMessage(message),
      onMessage: (listener) => parentPort.on('message', (event) => listener(event.data)),
      onClose: () => undefined,
      flush: async () => undefined,
    };
  }
  if (process.send === undefined) {
    throw new Error('The training process is started by Finegrain itself, not by hand.');
  }
  let pending: Promise<void> = Promise.resolve();
  return {
    post(message) {
      if (!process.connected) return;
      pending = new Promise((resolve) => {
        // A send that fails means that the host is gone; `disconnect` says so to whoever must act on it.
        process.send?.(message, undefined, undefined, () => resolve());
      });
    },
    onMessage: (listener) => process.on('message', listener),
    onClose: (listener) => process.on('disconnect', listener),
    flush: () => pending,
  };
}
