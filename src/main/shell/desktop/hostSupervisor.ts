/** Keeps one host process running: starts it, hands it ports to pages, starts another when it dies by surprise. */
import type { MessagePortMain, UtilityProcess } from 'electron';
import type { ErrorShape } from '../../../shared/errors.ts';
import type { Launch } from '../../host/processes.ts';
import type { HostToMain, MainToHost } from './processMessages.ts';
import { careForChildren } from './relayedChildren.ts';

/** More surprises than this within `patienceMilliseconds` and it stays down: it would only die again. */
const restarts = 3;
const patienceMilliseconds = 60_000;

export interface HostSupervisorOptions {
  /** Starts the process that runs host-process.ts. */
  readonly fork: () => UtilityProcess;
  readonly launchTrainer: Launch;
  readonly workspace: string | undefined;
  /** The host could not open its workspace; it will not be tried again. */
  readonly onRefused: (error: ErrorShape) => void;
  readonly onNotice: (message: string, hint: string | undefined) => void;
  /** The host ended by surprise. `final`: it is not started again. */
  readonly onLost: (reason: string, final: boolean) => void;
}

export interface HostSupervisor {
  /** Gives the host one end of a channel to a page, as soon as a host is ready. */
  connect(port: MessagePortMain): void;
  /** Lets the host close its store. Resolves when its process has ended, or was ended after `limit` ms. */
  close(limit: number): Promise<void>;
}

export function superviseHost(options: HostSupervisorOptions): HostSupervisor {
  let host: UtilityProcess | null = null;
  let ready = false;
  let closing = false;
  let refused = false;
  const surprises: number[] = [];
  const waiting: MessagePortMain[] = [];

  function start(): void {
    const process = options.fork();
    const post = (message: MainToHost) => process.postMessage(message);
    const children = careForChildren(options.launchTrainer, post);
    host = process;
    process.on('message', (message: HostToMain) => {
      if (message.type === 'ready') {
        ready = true;
        for (const port of waiting.splice(0))
          process.postMessage({ type: 'connect' } satisfies MainToHost, [port]);
      } else if (message.type === 'failed') {
        refused = true;
        options.onRefused(message.error);
      } else if (message.type === 'notice') options.onNotice(message.message, message.hint);
      else children.receive(message);
    });
    process.on('exit', (code) => {
      children.killAll();
      host = null;
      ready = false;
      if (closing || refused) return;
      const now = Date.now();
      surprises.push(now);
      const final = surprises.filter((time) => now - time < patienceMilliseconds).length > restarts;
      const what = `Finegrain's host ended by surprise (exit code ${code}).`;
      options.onLost(
        final ? `${what} It ended too often to be started again.` : `${what} It is being started again.`,
        final,
      );
      if (!final) start();
    });
    post({ type: 'open', workspace: options.workspace });
  }
  start();

  return {
    connect(port) {
      if (ready) host?.postMessage({ type: 'connect' } satisfies MainToHost, [port]);
      else waiting.push(port);
    },
    close(limit) {
      closing = true;
      const process = host;
      if (process === null) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(() => process.kill(), limit);
        process.on('exit', () => {
          clearTimeout(timer);
          resolve();
        });
        process.postMessage({ type: 'close' } satisfies MainToHost);
      });
    },
  };
}
