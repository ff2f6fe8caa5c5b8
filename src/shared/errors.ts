/** Typed reasons for failure. A user sees `message` and `hint`; scripts read `code`. No stack trace reaches a user. */

export type ErrorCode =
  | 'architecture.invalid' // the architecture document breaks a rule
  | 'configuration.invalid' // the run configuration breaks a rule
  | 'input.invalid' // an argument of a procedure or command is off
  | 'data.empty' // a corpus holds no text
  | 'data.unreadable' // a file cannot be read or parsed
  | 'data.tooSmall' // too few tokens for the context or the split asked for
  | 'tokenizer.vocabulary' // the data cannot give a vocabulary of this size, or it does not fit the document
  | 'checkpoint.damaged' // a checksum or a size does not match the manifest
  | 'checkpoint.missing'
  | 'store.busy' // another process holds the workspace
  | 'store.newer' // the file was written by a newer version
  | 'store.damaged'
  | 'store.unwritable' // the workspace folder or its database cannot be written
  | 'disk.full'
  | 'device.unavailable'
  | 'run.state' // the run is not in a state that allows this
  | 'run.diverged' // NaN or a loss spike stopped the run
  | 'notFound'
  | 'cancelled'
  | 'connection.lost' // the page lost the host before the answer came
  | 'internal';

/** One problem at one place of a document, e.g. path `blocks.2.ffn.width`. */
export interface Problem {
  readonly path: string;
  readonly message: string;
  /** Values that mend it, the ways out that the message names. Absent where no single value does. */
  readonly mends?: readonly Mend[];
}

/** One value that takes a problem away, e.g. "set heads to 8". `path` is written as the problem's is. */
export interface Mend {
  readonly label: string;
  readonly path: string;
  readonly value: unknown;
}

/** "Set NAME to VALUE" for each value. */
export function mendsTo(path: string, name: string, values: readonly unknown[]): Mend[] {
  return values.map((value) => ({ label: `set ${name} to ${value}`, path, value }));
}

/** The same problem seen from further out: its own path and those of its mends begin with `outer`. */
export function problemUnder(outer: string, problem: Problem): Problem {
  const path = `${outer}.${problem.path}`;
  if (problem.mends === undefined) return { ...problem, path };
  return {
    ...problem,
    path,
    mends: problem.mends.map((mend) => ({ ...mend, path: `${outer}.${mend.path}` })),
  };
}

export interface ErrorShape {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly problems?: readonly Problem[];
}

/** The only error type that our own code throws on purpose. */
export class FinegrainError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly problems: readonly Problem[] | undefined;

  /** `message` says what happened and names field and value; `hint` says what to do next. */
  constructor(code: ErrorCode, message: string, hint?: string, problems?: readonly Problem[]) {
    super(message);
    this.name = 'FinegrainError';
    this.code = code;
    this.hint = hint;
    this.problems = problems;
  }

  toShape(): ErrorShape {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.problems === undefined ? {} : { problems: this.problems }),
    };
  }
}

/** What crosses a process or network boundary in place of an error. Unknown errors become `internal`, without a stack. */
export function toErrorShape(error: unknown): ErrorShape {
  if (error instanceof FinegrainError) return error.toShape();
  if (error instanceof Error && (error as Error & { code?: unknown }).code === 'ENOSPC') {
    return { code: 'disk.full', message: 'The disk is full.', hint: 'Free some space, then resume.' };
  }
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}

/** The other way round: an error shape that arrived over a boundary becomes an error again. */
export function fromErrorShape(shape: ErrorShape): FinegrainError {
  return new FinegrainError(shape.code, shape.message, shape.hint, shape.problems);
}
