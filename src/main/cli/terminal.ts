/** What commands print through: text for people, JSON for scripts, errors as one sentence. */
import { CommanderError } from 'commander';
import { type ErrorShape, FinegrainError, toErrorShape } from '../../shared/errors.ts';

export interface Terminal {
  readonly json: boolean;
  /** stdout is a terminal, and people read it: a live line may be drawn over. */
  readonly live: boolean;
  /** One JSON object with --json, else the text that `text` makes. */
  result(value: unknown, text: () => string): void;
  /** One JSON line, or one line of text. */
  line(value: unknown, text: () => string): void;
  /** A line of text for people; nothing with --json. */
  note(text: string): void;
  /** A line that the next one overwrites; only on a live terminal. */
  status(text: string): void;
}

export function createTerminal(json: boolean, out: NodeJS.WriteStream = process.stdout): Terminal {
  const live = out.isTTY === true && !json;
  let drawn = false;
  const write = (text: string): void => {
    if (drawn) out.write('\r\x1b[2K');
    drawn = false;
    out.write(`${text}\n`);
  };
  return {
    json,
    live,
    result: (value, text) => write(json ? JSON.stringify(value) : text()),
    line: (value, text) => write(json ? JSON.stringify(value) : text()),
    note: (text) => {
      if (!json) write(text);
    },
    status: (text) => {
      if (!live) return;
      out.write(`\r\x1b[2K${text.slice(0, (out.columns || 80) - 1)}`);
      drawn = true;
    },
  };
}

export const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

/** Prints an error the way scripts and people expect it, and says which exit code it means. Never a stack trace. */
export function reportError(error: unknown, json: boolean, out: NodeJS.WriteStream = process.stderr): number {
  if (error instanceof CommanderError) {
    // Help and version are no errors; everything else commander throws is a command line it cannot use.
    if (error.exitCode === 0) return exitCodes.done;
    const message = error.message.replace(/^error: /, '');
    print({ code: 'input.invalid', message: sentence(message), hint: 'See finegrain --help.' }, json, out);
    return exitCodes.usage;
  }
  print(toErrorShape(error), json, out);
  return error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
}

function print(shape: ErrorShape, json: boolean, out: NodeJS.WriteStream): void {
  if (json) {
    const { code, message, hint } = shape;
    out.write(`${JSON.stringify({ error: { code, message, hint: hint ?? null } })}\n`);
    return;
  }
  out.write(`${shape.message}${shape.hint === undefined ? '' : ` ${shape.hint}`}\n`);
}

function sentence(text: string): string {
  const trimmed = text.trim();
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?)]$/.test(capital) ? capital : `${capital}.`;
}

/** A command line that says something impossible: exit code 2. */
export class UsageError extends FinegrainError {
  constructor(message: string, hint?: string) {
    super('input.invalid', message, hint);
  }
}
