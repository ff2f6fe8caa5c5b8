/** What every command shares: the global options and the way to the host. */
import { type Command, InvalidArgumentError } from 'commander';
import { FinegrainError } from '../../shared/errors.ts';
import type { Host } from '../host/index.ts';
import { workspaceFolder } from '../host/workspace.ts';
import { createTerminal, reportError, type Terminal } from './terminal.ts';

export interface CliContext {
  readonly terminal: Terminal;
  /** The workspace's folder, absolute. */
  workspace(): string;
  /**
   * Opens the host, runs `work`, and closes it. `reading` commands fall back to reading beside a process that holds
   * the workspace; others throw `store.busy`.
   */
  withHost<Result>(access: 'reading' | 'writing', work: (host: Host) => Promise<Result>): Promise<Result>;
}

export function createContext(program: Command): CliContext {
  const options = (): { json?: boolean; workspace?: string } => program.opts();
  const terminal = (): Terminal => createTerminal(options().json === true);
  let made: Terminal | undefined;
  const context: CliContext = {
    // Options are known only once the command line is parsed.
    get terminal() {
      made ??= terminal();
      return made;
    },
    workspace: () => workspaceFolder(options().workspace),
    async withHost(access, work) {
      const host = await open(context, access);
      try {
        return await work(host);
      } finally {
        await host.close();
      }
    },
  };
  return context;
}

/** The host's modules are heavy (SQLite, the tokenizer, the engine); a command that needs none starts without them. */
async function open(context: CliContext, access: 'reading' | 'writing'): Promise<Host> {
  const { createHost } = await import('../host/index.ts');
  const options = {
    workspace: context.workspace(),
    shell: 'terminal',
    onProblem: (problem: FinegrainError) => void reportError(problem, context.terminal.json),
  } as const;
  let host: Host;
  try {
    host = await createHost(options);
  } catch (error) {
    const busy = error instanceof FinegrainError && error.code === 'store.busy';
    if (!busy || access === 'writing') throw error;
    return createHost({ ...options, readOnlyBecause: error });
  }
  if (!context.terminal.json) {
    for (const notice of host.notices) process.stderr.write(`${notice.message}\n`);
  }
  return host;
}

/** Parsers of option values; what they refuse is wrong usage. */
export const parse = {
  wholeNumber(least: number): (text: string) => number {
    return (text) => {
      const value = Number(text);
      if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
        throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`);
      }
      return value;
    };
  },
  number(least: number, exclusive = false): (text: string) => number {
    return (text) => {
      const value = Number(text);
      if (text.trim() === '' || !Number.isFinite(value) || value < least || (exclusive && value === least)) {
        throw new InvalidArgumentError(
          `It must be a number ${exclusive ? 'greater than' : 'of at least'} ${least}.`,
        );
      }
      return value;
    };
  },
};
