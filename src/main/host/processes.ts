/** Starting training processes: one small interface over `child_process.fork` and Electron's `utilityProcess.fork`. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { trainingEnvironment } from '../engine/environment.ts';

export interface ChildHandle {
  readonly pid: number | undefined;
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** `cause` names the exit code or signal, with the last lines the process wrote to stderr. Fires once. */
  onExit(listener: (exit: { code: number | null; cause: string }) => void): void;
  /** At once, without a chance to write a checkpoint. */
  kill(): void;
}

/** Starts `trainer.ts` and returns at once. */
export type Launch = () => ChildHandle;

const stderrTail = 2000;

/**
 * Node options of a training process. V8's young generation grows by tens of megabytes in a loop that makes little
 * garbage a step; held at 2 MB, resident memory stays level over thousands of steps and lower by about 80 MB.
 */
export const trainingProcessFlags: readonly string[] = ['--max-semi-space-size=2'];

/** The launcher of the terminal and the browser shell. `entry` defaults to `src/main/trainer.ts`. */
export function nodeLauncher(entry = fileURLToPath(new URL('../trainer.ts', import.meta.url))): Launch {
  return () => {
    const child = fork(entry, [], {
      // Structured clone keeps NaN and infinity, which JSON would turn into null.
      serialization: 'advanced',
      // Not those of this process: a test runner's or a debugger's would not fit the child.
      execArgv: ['--disable-warning=ExperimentalWarning', ...trainingProcessFlags],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ...trainingEnvironment() },
    });
    let tail = '';
    child.stderr?.setEncoding('utf8');
    child.stderr?.on('data', (text: string) => {
      tail = (tail + text).slice(-stderrTail);
    });
    return {
      pid: child.pid,
      post(message) {
        // A closed channel means that the process is ending; its exit is reported by `onExit`.
        if (child.connected) child.send(message as object, () => undefined);
      },
      onMessage: (listener) => child.on('message', listener),
      onExit(listener) {
        let told = false;
        const tell = (code: number | null, cause: string): void => {
          if (told) return;
          told = true;
          listener({ code, cause: tail.trim() === '' ? cause : `${cause}: ${lastLine(tail)}` });
        };
        child.on('error', (error) => tell(null, error.message));
        // `close` comes after `exit`, once stderr has been read to its end.
        child.on('close', (code, signal) => tell(code, signal === null ? `exit code ${code}` : signal));
      },
      kill: () => child.kill('SIGKILL'),
    };
  };
}

/** The part of Electron's `utilityProcess` that is used here; the desktop shell passes the real one. */
export interface UtilityProcessModule {
  fork(
    entry: string,
    args?: string[],
    options?: {
      stdio?: 'pipe' | 'ignore' | 'inherit';
      serviceName?: string;
      execArgv?: string[];
      env?: NodeJS.ProcessEnv;
    },
  ): {
    readonly pid?: number | undefined;
    readonly stderr: NodeJS.ReadableStream | null;
    postMessage(message: unknown): void;
    on(event: 'message', listener: (message: unknown) => void): unknown;
    on(event: 'exit', listener: (code: number) => void): unknown;
    kill(): boolean;
  };
}

/** The launcher of the desktop shell. `entry` is the built trainer. */
export function electronLauncher(utilityProcess: UtilityProcessModule, entry: string): Launch {
  return () => {
    const child = utilityProcess.fork(entry, [], {
      stdio: 'pipe',
      serviceName: 'Finegrain training',
      execArgv: [...trainingProcessFlags],
      env: { ...process.env, ...trainingEnvironment() },
    });
    let tail = '';
    child.stderr?.on('data', (bytes: Buffer | string) => {
      tail = (tail + bytes.toString()).slice(-stderrTail);
    });
    return {
      get pid() {
        return child.pid;
      },
      post: (message) => child.postMessage(message),
      onMessage: (listener) => child.on('message', listener),
      onExit: (listener) =>
        child.on('exit', (code) => {
          const cause = `exit code ${code}`;
          listener({ code, cause: tail.trim() === '' ? cause : `${cause}: ${lastLine(tail)}` });
        }),
      kill() {
        // `child.kill()` only asks (SIGTERM), which the training process answers with a checkpoint first.
        if (child.pid === undefined) child.kill();
        else process.kill(child.pid, 'SIGKILL');
      },
    };
  };
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
