/** The log of a run: opened before set-up starts, so that early failures show. */
import type { LogLine } from '../../shared/rpc/contract.ts';
import type { Connection } from './connection.ts';
import { now } from './rows.ts';
import type { RunKeys } from './runKeys.ts';

export interface LogRecords {
  /** Stores a line and gives it back with its time. */
  add(run: string, level: LogLine['level'], message: string): LogLine;
  /** The newest `limit` lines (default 1000), oldest first. */
  list(run: string, limit?: number): LogLine[];
}

export function logRecords(connection: Connection, keys: RunKeys): LogRecords {
  return {
    add(run, level, message) {
      const line: LogLine = { time: now(), level, message };
      connection.run(
        'INSERT INTO run_log (run, time, level, message) VALUES (?, ?, ?, ?)',
        keys.keyOf(run),
        line.time,
        level,
        message,
      );
      return line;
    },
    list: (run, limit = 1000) =>
      connection
        .all<LogLine>(
          'SELECT time, level, message FROM run_log WHERE run = ? ORDER BY key DESC LIMIT ?',
          keys.keyOf(run),
          limit,
        )
        .reverse(),
  };
}
