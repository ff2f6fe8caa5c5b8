/** Checkpoint rows: a listing of what is on disk. Whether a run can resume is decided by the folders, not by these. */
import type { CheckpointRow } from '../../shared/rpc/contract.ts';
import type { Connection } from './connection.ts';
import { checkStep, now, optionalColumn } from './rows.ts';
import type { RunKeys } from './runKeys.ts';

export interface NewCheckpoint {
  readonly step: number;
  /** Relative to the workspace, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  readonly loss: number | null;
  readonly createdAt?: string;
}

export interface CheckpointRecords {
  /** A repeated step is replaced. */
  add(run: string, checkpoint: NewCheckpoint): void;
  /** In order of step. */
  list(run: string, options?: { branch?: number }): CheckpointRow[];
  remove(run: string, steps: readonly number[]): void;
  /** Makes the rows of the run say what is on disk; a known step keeps its loss and time. */
  reconcile(run: string, found: readonly Omit<NewCheckpoint, 'loss'>[]): void;
}

export function checkpointRecords(connection: Connection, keys: RunKeys): CheckpointRecords {
  const list: CheckpointRecords['list'] = (run, { branch = 0 } = {}) =>
    connection.all<CheckpointRow>(
      `SELECT step, path, created_at AS createdAt, bytes, loss FROM checkpoints WHERE run = ? AND branch = ? ORDER BY step`,
      keys.keyOf(run),
      branch,
    );

  const add: CheckpointRecords['add'] = (run, checkpoint) => {
    checkStep(checkpoint.step, `Checkpoint of run ${run}`);
    connection.run(
      `INSERT OR REPLACE INTO checkpoints (run, branch, step, path, bytes, loss, created_at) VALUES (?, 0, ?, ?, ?, ?, ?)`,
      keys.keyOf(run),
      checkpoint.step,
      checkpoint.path,
      checkpoint.bytes,
      optionalColumn(checkpoint.loss),
      checkpoint.createdAt ?? now(),
    );
  };

  const remove: CheckpointRecords['remove'] = (run, steps) =>
    connection.transaction(() => {
      for (const step of steps) {
        connection.run(
          'DELETE FROM checkpoints WHERE run = ? AND branch = 0 AND step = ?',
          keys.keyOf(run),
          step,
        );
      }
    });

  return {
    add,
    list,
    remove,
    reconcile: (run, found) =>
      connection.transaction(() => {
        const known = new Map(list(run).map((row) => [row.step, row]));
        const present = new Set(found.map(({ step }) => step));
        remove(
          run,
          [...known.keys()].filter((step) => !present.has(step)),
        );
        for (const checkpoint of found) {
          const before = known.get(checkpoint.step);
          add(run, {
            ...checkpoint,
            loss: before?.loss ?? null,
            createdAt: before?.createdAt ?? checkpoint.createdAt,
          });
        }
      }),
  };
}
