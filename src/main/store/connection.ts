/** One SQLite connection with cached statements, whose failures are typed reasons instead of driver codes. */
import Database from 'better-sqlite3';
import { FinegrainError } from '../../shared/errors.ts';

export type SqlValue = string | number | bigint | Uint8Array | null;
type Parameters = readonly SqlValue[] | readonly [Readonly<Record<string, SqlValue>>];

export interface ConnectionOptions {
  readonly readOnly?: boolean;
  /** How long to wait for a lock of another connection, in milliseconds. */
  readonly busyTimeout?: number;
}

export class Connection {
  readonly path: string;
  readonly raw: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(path: string, options: ConnectionOptions = {}) {
    this.path = path;
    try {
      this.raw = new Database(path, {
        readonly: options.readOnly === true,
        timeout: options.busyTimeout ?? 5000,
      });
    } catch (error) {
      throw storeError(error, path);
    }
  }

  /** Runs a statement that returns no rows; gives the number of rows it changed. */
  run(sql: string, ...values: Parameters): number {
    return this.#guard(() => this.#statement(sql).run(...values).changes);
  }

  get<Row>(sql: string, ...values: Parameters): Row | undefined {
    return this.#guard(() => this.#statement(sql).get(...values) as Row | undefined);
  }

  all<Row>(sql: string, ...values: Parameters): Row[] {
    return this.#guard(() => this.#statement(sql).all(...values) as Row[]);
  }

  /** Rows as arrays of columns: about twice as fast as objects, for long scans. */
  allRaw<Row extends unknown[]>(sql: string, ...values: Parameters): Row[] {
    return this.#guard(() => {
      const statement = this.#statement(sql, 'raw ').raw(true);
      return statement.all(...values) as Row[];
    });
  }

  /** Commits what `work` did, or nothing of it. Nests. */
  transaction<Result>(work: () => Result): Result {
    return this.#guard(() => this.raw.transaction(work).immediate());
  }

  pragma<Value>(text: string): Value {
    return this.#guard(() => this.raw.pragma(text, { simple: true }) as Value);
  }

  execute(sql: string): void {
    this.#guard(() => this.raw.exec(sql));
  }

  close(): void {
    this.#statements.clear();
    this.raw.close();
  }

  #statement(sql: string, mode = ''): Database.Statement {
    const key = mode + sql;
    let statement = this.#statements.get(key);
    if (statement === undefined) {
      statement = this.raw.prepare(sql);
      this.#statements.set(key, statement);
    }
    return statement;
  }

  #guard<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw storeError(error, this.path, this.raw.readonly);
    }
  }
}

/** Turns SQLite's failures into typed reasons; anything else passes through unchanged. */
export function storeError(error: unknown, path: string, readOnly = false): unknown {
  if (!(error instanceof Database.SqliteError)) {
    // better-sqlite3 reports a missing folder as a plain TypeError.
    if (error instanceof TypeError && /directory does not exist/.test(error.message)) {
      return new FinegrainError(
        'store.unwritable',
        `The folder of ${path} does not exist.`,
        'Create it, or choose another workspace.',
      );
    }
    return error;
  }
  const code = error.code;
  if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_WRITE' || code === 'SQLITE_IOERR_SHMSIZE') {
    return new FinegrainError(
      'disk.full',
      `The disk is full: ${path} could not be written (${code}).`,
      'Free some space. What was saved is intact, and what waits to be saved is tried again every second.',
    );
  }
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') {
    return new FinegrainError(
      'store.damaged',
      `The database ${path} is damaged (${error.message}).`,
      'Restart Finegrain: the damaged file is kept aside and the newest backup is opened.',
    );
  }
  if (code.startsWith('SQLITE_BUSY') || code === 'SQLITE_LOCKED') {
    return new FinegrainError(
      'store.busy',
      `The database ${path} is locked by another process.`,
      'Close the other process and try again.',
    );
  }
  if (code === 'SQLITE_READONLY' && readOnly) {
    return new FinegrainError(
      'store.busy',
      `The database ${path} was opened for reading, beside the process that writes it.`,
      'Do this in the Finegrain that holds the workspace, or close that one first.',
    );
  }
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN') || code === 'SQLITE_PERM') {
    return new FinegrainError(
      'store.unwritable',
      `The database ${path} cannot be opened for writing (${error.message}).`,
      "Check the folder's permissions, or choose another workspace with --workspace DIR.",
    );
  }
  return error;
}
