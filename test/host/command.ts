/** The real `finegrain` command in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const entry = join(import.meta.dirname, '..', '..', 'bin', 'finegrain.mjs');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly errors: string;
}

export interface Command {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** JSON lines printed so far. */
  lines(): Record<string, unknown>[];
  /** The first JSON line that `matches`; rejects when the command ends without one. */
  line(matches: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
}

/** Starts `finegrain ...values`. */
export function startCommand(...values: string[]): Command {
  const child = spawn(process.execPath, [entry, ...values], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let errors = '';
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of waiting) look();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    wake();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => {
      resolve({ code, signal, out, errors });
      wake();
    });
  });
  const lines = () =>
    out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    process: child,
    ended,
    lines,
    line: (matches) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines().find(matches);
          const gone = child.exitCode !== null || child.signalCode !== null;
          if (found === undefined && !gone) return;
          waiting.delete(look);
          if (found === undefined) reject(new Error(`The command ended first: ${errors}`));
          else resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

/** Runs it to its end. */
export const finegrain = (...values: string[]): Promise<Ended> => startCommand(...values).ended;

/** Runs it with --json and gives the one object it prints; fails loudly when it failed. */
export async function asked(...values: string[]): Promise<Record<string, unknown>> {
  const { code, out, errors } = await finegrain('--json', ...values);
  if (code !== 0) throw new Error(`finegrain ${values.join(' ')} ended with ${code}: ${errors}`);
  return JSON.parse(out) as Record<string, unknown>;
}

/** Runs it with --json, expecting it to fail; gives the exit code and the error on stderr. */
export async function refused(
  ...values: string[]
): Promise<{ code: number | null; error: { code: string; message: string; hint: string | null } }> {
  const { code, errors } = await finegrain('--json', ...values);
  const { error } = JSON.parse(errors) as { error: { code: string; message: string; hint: string | null } };
  return { code, error };
}
