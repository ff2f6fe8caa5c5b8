/**
 * Rewinding a run. Branch 0 is always the run as it stands; what a resume from an earlier step takes back is moved, not
 * deleted, into a branch of its own (1, 2, ...), any number of times.
 */
import type { Connection } from './connection.ts';
import { checkStep, now } from './rows.ts';
import type { RunKeys } from './runKeys.ts';

export interface Branch {
  readonly branch: number;
  /** The run was resumed from this step; the branch holds what came after it before. */
  readonly fromStep: number;
  readonly createdAt: string;
}

export interface BranchRecords {
  /** Number that the next rewind of the run will give to what it sets aside. */
  next(run: string): number;
  /** Earlier branches, oldest first. */
  list(run: string): Branch[];
  /**
   * Moves points, probes, measurements and checkpoint rows beyond `step` into a new earlier branch and sets the run's step back.
   * Gives the branch, or null when nothing lay beyond `step`.
   */
  at(run: string, step: number): Branch | null;
}

/** Where the checkpoint folder of a step goes when it is set aside; the same rule for rows and folders. */
export function earlierBranchPath(path: string, branch: number): string {
  const slash = path.lastIndexOf('/');
  return `${path.slice(0, slash + 1)}branch-${branch}/${path.slice(slash + 1)}`;
}

export function branchRecords(
  connection: Connection,
  keys: RunKeys,
  flush: () => void,
  pointsMoved: () => void,
): BranchRecords {
  const records: BranchRecords = {
    next(run) {
      const row = connection.get<{ branches: number }>(
        'SELECT branches FROM runs WHERE key = ?',
        keys.keyOf(run),
      );
      return row!.branches + 1;
    },

    list: (run) =>
      connection.all<Branch>(
        'SELECT branch, from_step AS fromStep, created_at AS createdAt FROM branches WHERE run = ? ORDER BY branch',
        keys.keyOf(run),
      ),

    at(run, step) {
      checkStep(step, `Rewinding run ${run}`);
      flush();
      const key = keys.keyOf(run);
      const branch = records.next(run);
      const createdAt = now();
      const made = connection.transaction(() => {
        const beyond = { key, branch, step };
        const points = connection.run(
          'UPDATE metric_points SET branch = :branch WHERE run = :key AND branch = 0 AND step > :step',
          beyond,
        );
        const probes = connection.run(
          'UPDATE probes SET branch = :branch WHERE run = :key AND branch = 0 AND step > :step',
          beyond,
        );
        const measurements = connection.run(
          'UPDATE measurements SET branch = :branch WHERE run = :key AND branch = 0 AND step > :step',
          beyond,
        );
        const checkpoints = connection.all<{ step: number; path: string }>(
          'SELECT step, path FROM checkpoints WHERE run = :key AND branch = 0 AND step > :step',
          { key, step },
        );
        for (const checkpoint of checkpoints) {
          connection.run(
            'UPDATE checkpoints SET branch = ?, path = ? WHERE run = ? AND branch = 0 AND step = ?',
            branch,
            earlierBranchPath(checkpoint.path, branch),
            key,
            checkpoint.step,
          );
        }
        connection.run('UPDATE runs SET step = min(step, ?) WHERE key = ?', step, key);
        if (points + probes + measurements + checkpoints.length === 0) return false;
        connection.run('UPDATE runs SET branches = ? WHERE key = ?', branch, key);
        connection.run(
          'INSERT INTO branches (run, branch, from_step, created_at) VALUES (?, ?, ?, ?)',
          key,
          branch,
          step,
          createdAt,
        );
        return true;
      });
      pointsMoved();
      return made ? { branch, fromStep: step, createdAt } : null;
    },
  };
  return records;
}
