/** The store: one SQLite file per workspace, written by one process. */
import { existsSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { FinegrainError } from '../../shared/errors.ts';
import type { RunDetail } from '../../shared/rpc/contract.ts';
import { backUp, backUpVersion } from './backup.ts';
import { type BranchRecords, branchRecords } from './branches.ts';
import { type CheckpointRecords, checkpointRecords } from './checkpoints.ts';
import { type Claim, claimWorkspace } from './claim.ts';
import { Connection } from './connection.ts';
import { type DataSetRecords, dataSetRecords } from './dataSets.ts';
import { type FigureRecords, figureRecords } from './figures.ts';
import { type LogRecords, logRecords } from './logs.ts';
import { type MeasurementRecords, measurementRecords } from './measurements.ts';
import { type MetricRecords, metricRecords } from './metrics.ts';
import { currentVersion, migrate } from './migrations/index.ts';
import { type ProbeRecords, probeRecords } from './probes.ts';
import { inspect, prepareFile, type StoreNotice, storeFileName } from './recovery.ts';
import { runKeys } from './runKeys.ts';
import { interruptLiveRuns, type RunRecords, runRecords } from './runs.ts';
import { type StudyRecords, studyRecords } from './studies.ts';
import { type SweepRecords, sweepRecords } from './sweeps.ts';
import { type TokenizerRecords, tokenizerRecords } from './tokenizers.ts';
import { type VersionRecords, versionRecords } from './versions.ts';
import { writeBuffer } from './writeBuffer.ts';

export interface StoreOptions {
  /** Reads beside the process that holds the workspace: no claim, no migration, nothing written. */
  readonly readOnly?: boolean;
  /** Told when a timed write or backup fails (say, a full disk); what was to be written waits and is tried again. */
  readonly onProblem?: (problem: FinegrainError) => void;
  /** How long to wait for a process that is just letting go of the workspace, in milliseconds. Default 250. */
  readonly waitMilliseconds?: number;
  /** Time between backups while there is activity, in milliseconds. Default 15 minutes. */
  readonly backupEvery?: number;
  /** Backups kept. Default 5. */
  readonly keepBackups?: number;
}

export interface Store {
  /** The workspace, absolute. */
  readonly folder: string;
  readonly file: string;
  readonly readOnly: boolean;
  /** What the user should be told about this opening. */
  readonly notices: readonly StoreNotice[];
  readonly runs: RunRecords;
  readonly sweeps: SweepRecords;
  readonly studies: StudyRecords;
  readonly metrics: MetricRecords;
  readonly probes: ProbeRecords;
  readonly measurements: MeasurementRecords;
  readonly checkpoints: CheckpointRecords;
  readonly branches: BranchRecords;
  readonly logs: LogRecords;
  readonly dataSets: DataSetRecords;
  readonly figures: FigureRecords;
  readonly tokenizers: TokenizerRecords;
  readonly versions: VersionRecords;
  /** A path inside the workspace as it is stored: relative, with forward slashes. */
  relative(path: string): string;
  /** The other way round. */
  absolute(path: string): string;
  /** Everything about a run in one answer. */
  detail(run: string): RunDetail;
  /** Does several writes in one transaction: all of them or none. */
  together<Result>(work: () => Result): Result;
  /** Writes buffered points and progress now. Throws `disk.full` and the like; what waits keeps waiting. */
  flush(): void;
  /** Records that wait to be written. */
  waiting(): number;
  /** Backs up now; null when nothing changed since the last backup. */
  backup(): Promise<string | null>;
  /** Flushes, backs up, closes and gives the workspace back. Throws if buffered points could not be written. */
  close(): Promise<void>;
}

/**
 * Opens the store of a workspace, making the folder and the file where they are missing.
 *
 * Throws `store.busy` (another process holds it), `store.newer` (left untouched), `store.unwritable`, `disk.full`. A
 * damaged file is kept aside and the newest backup opened; see `notices`.
 */
export function openStore(workspaceFolder: string, options: StoreOptions = {}): Store {
  const folder = resolve(workspaceFolder);
  if (options.readOnly === true) return openForReading(folder, options);
  const claim = claimWorkspace(folder, options.waitMilliseconds);
  try {
    const notices = prepareFile(folder);
    const file = join(folder, storeFileName);
    // A log left behind means that the last process did not end cleanly, and so took no backup.
    const unclean = existsSync(`${file}-wal`) && statSync(`${file}-wal`).size > 0;
    const connection = new Connection(file);
    try {
      configure(connection);
      const version = connection.pragma<number>('user_version');
      if (version > 0 && version < currentVersion) backUpVersion(connection, folder, version);
      migrate(connection);
      const interrupted = interruptLiveRuns(connection);
      if (interrupted.length > 0) {
        notices.push({
          code: 'interrupted',
          message: `Finegrain ended while ${interrupted.join(', ')} was training; marked as interrupted.`,
          hint: 'Resume from the last checkpoint with: finegrain runs resume RUN',
        });
      }
      return assemble({
        folder,
        file,
        connection,
        claim,
        notices,
        options,
        dirty: unclean || interrupted.length > 0,
      });
    } catch (error) {
      connection.close();
      throw error;
    }
  } catch (error) {
    claim.release();
    throw error;
  }
}

function openForReading(folder: string, options: StoreOptions): Store {
  const file = join(folder, storeFileName);
  if (!existsSync(file)) {
    throw new FinegrainError(
      'notFound',
      `There is no Finegrain workspace in ${folder}.`,
      'Name another with --workspace DIR.',
    );
  }
  const damage = inspect(file);
  if (damage !== undefined)
    throw new FinegrainError('store.damaged', `The database ${file} is damaged (${damage}).`);
  const connection = new Connection(file, { readOnly: true });
  const version = connection.pragma<number>('user_version');
  if (version < currentVersion) {
    connection.close();
    throw new FinegrainError(
      'store.busy',
      `The database ${file} has version ${version} and must be brought to version ${currentVersion} before it is read.`,
      'Close the older Finegrain that holds the workspace, then try again.',
    );
  }
  return assemble({ folder, file, connection, claim: undefined, notices: [], options, dirty: false });
}

/** FULL: a committed record survives power loss, where WAL's usual NORMAL could lose the newest commits. */
function configure(connection: Connection): void {
  connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = FULL');
  connection.pragma('foreign_keys = ON');
  connection.pragma('journal_size_limit = 67108864');
  connection.pragma('cache_size = -32768'); // 32 MB
}

interface Opened {
  readonly folder: string;
  readonly file: string;
  readonly connection: Connection;
  /** Absent: opened for reading. */
  readonly claim: Claim | undefined;
  readonly notices: readonly StoreNotice[];
  readonly options: StoreOptions;
  /** There are changes that no backup holds yet. */
  readonly dirty: boolean;
}

function assemble({ folder, file, connection, claim, notices, options, dirty }: Opened): Store {
  const onProblem = options.onProblem ?? (() => {});
  const keys = runKeys(connection);
  // Records are built around the buffer, and the buffer around the records' waiting work.
  const touch = {
    touched: () => buffer.touched(),
    flush: () => buffer.flush(),
    flushForReading: () => buffer.flushForReading(),
  };
  const runs = runRecords(connection, keys, touch);
  const metrics = metricRecords(connection, keys, touch);
  const buffer = writeBuffer(connection, [metrics.work, runs.work], onProblem);
  const checkpoints = checkpointRecords(connection, keys);
  const logs = logRecords(connection, keys);

  const changes = () => connection.get<{ count: number }>('SELECT total_changes() AS count')!.count;
  let backedUp = dirty ? -1 : changes();
  let running: Promise<string | null> = Promise.resolve(null);
  let closed = false;

  const backup = (): Promise<string | null> => {
    const start = async () => {
      buffer.flushForReading();
      const before = changes();
      if (claim === undefined || before === backedUp) return null;
      const path = await backUp(connection, folder, options.keepBackups ?? 5);
      backedUp = before;
      return path;
    };
    running = running.then(start, start);
    return running;
  };
  const timedBackup = () =>
    backup().catch((error: unknown) => {
      const problem = error instanceof FinegrainError ? error : new FinegrainError('internal', String(error));
      onProblem(problem);
    });
  const timer =
    claim === undefined ? undefined : setInterval(timedBackup, options.backupEvery ?? 15 * 60_000);
  timer?.unref();

  const shut = () => {
    closed = true;
    buffer.stop();
    clearInterval(timer);
    process.off('exit', onExit);
    connection.close();
    claim?.release();
  };
  /** The process ends without `close`: no time for a backup, but buffered points are still written. */
  const onExit = () => {
    buffer.flushForReading();
    shut();
  };
  process.on('exit', onExit);

  return {
    folder,
    file,
    readOnly: claim === undefined,
    notices,
    runs: runs.records,
    sweeps: sweepRecords(connection),
    studies: studyRecords(connection),
    metrics: metrics.records,
    probes: probeRecords(connection, keys),
    measurements: measurementRecords(connection, keys),
    checkpoints,
    branches: branchRecords(connection, keys, () => buffer.flush(), metrics.forget),
    logs,
    dataSets: dataSetRecords(connection),
    figures: figureRecords(connection),
    tokenizers: tokenizerRecords(connection),
    versions: versionRecords(connection),
    relative: (path) => (isAbsolute(path) ? relative(folder, path) : path).split(sep).join('/'),
    absolute: (path) => resolve(folder, path),
    detail: (run) => ({
      ...runs.records.get(run),
      checkpoints: checkpoints.list(run),
      metrics: metrics.records.names(run),
      log: logs.list(run),
    }),
    together: (work) => connection.transaction(work),
    flush: () => buffer.flush(),
    waiting: () => buffer.waiting(),
    backup,
    async close() {
      if (closed) return;
      closed = true;
      let unwritten: unknown;
      try {
        buffer.flush();
      } catch (error) {
        unwritten = error;
      }
      await timedBackup();
      if (claim !== undefined && unwritten === undefined) connection.pragma('optimize');
      shut();
      if (unwritten !== undefined) throw unwritten;
    },
  };
}
