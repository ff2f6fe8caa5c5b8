/**
 * A child process that answers JSON lines with JSON lines, one at a time. Each side of a comparison lives in a process of
 * its own, so that memory is its own, and both can be measured in turn, so that the machine's noise hits both.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface LineProcess {
  /** Sends one request and waits for its answer. Rejects with the child's last words if it dies or reports an error. */
  ask<Answer>(request: object): Promise<Answer>;
  stop(): Promise<void>;
}

const keptErrorCharacters = 2000;

export function startLineProcess(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): LineProcess {
  const child = spawn(command, args, {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-keptErrorCharacters);
  });
  let waiting: { resolve: (line: string) => void; reject: (error: Error) => void } | null = null;
  const closed = new Promise<void>((resolve) => {
    const end = (reason: string): void => {
      waiting?.reject(new Error(`${command}: ${reason}\n${errors}`.trim()));
      waiting = null;
      resolve();
    };
    child.on('error', (error) => end(error.message));
    child.on('close', (code, signal) => end(`ended with ${signal ?? `exit code ${code}`}`));
  });
  // A child that died takes no more input; the rejected question already says so.
  child.stdin.on('error', () => {});
  createInterface({ input: child.stdout }).on('line', (line) => {
    waiting?.resolve(line);
    waiting = null;
  });
  return {
    ask: async <Answer>(request: object): Promise<Answer> => {
      if (waiting !== null) throw new Error(`${command} was asked before it answered`);
      const line = new Promise<string>((resolve, reject) => {
        if (child.exitCode !== null || child.signalCode !== null) {
          reject(new Error(`${command} has ended\n${errors}`.trim()));
          return;
        }
        waiting = { resolve, reject };
      });
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const answer = JSON.parse(await line) as Answer & { error?: string };
      if (typeof answer.error === 'string') throw new Error(answer.error);
      return answer;
    },
    stop: async () => {
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
      await closed;
      clearTimeout(timer);
    },
  };
}
