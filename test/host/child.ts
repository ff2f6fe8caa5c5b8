/** A child process that tells lines on its standard output, to be waited for, killed, and asked how it ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Child {
  readonly process: ChildProcess;
  readonly lines: string[];
  /** The next line that `matches`, also among those told already. */
  line(matches: (line: string) => boolean): Promise<string>;
  /** Resolves when the process is gone and all its lines are read. */
  readonly ended: Promise<{ code: number | null; signal: string | null; errors: string }>;
}

/** Starts `test/host/children/NAME.ts` on this Node. */
export function startChild(name: string, ...values: string[]): Child {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'children', `${name}.ts`), ...values], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const wake of waiting) wake();
  });
  const ended = new Promise<{ code: number | null; signal: string | null; errors: string }>((resolve) => {
    child.on('close', (code, signal) => {
      resolve({ code, signal, errors });
      for (const wake of waiting) wake();
    });
  });
  return {
    process: child,
    lines,
    ended,
    line: (matches) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.find(matches);
          if (found !== undefined) resolve(found);
          else if (child.exitCode !== null || child.signalCode !== null)
            reject(new Error(`The child ended: ${errors}`));
          else return;
          waiting.delete(look);
        };
        waiting.add(look);
        look();
      }),
  };
}

export const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
