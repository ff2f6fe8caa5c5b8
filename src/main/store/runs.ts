/** Run records: what a run is, where it stands, and its newest figures. */
import type { Architecture } from '../../shared/architecture/document.ts';
import { methodKinds } from '../../shared/architecture/methodKinds.ts';
import { FinegrainError } from '../../shared/errors.ts';
import type { RunSummary, SweepValues } from '../../shared/rpc/contract.ts';
import type { RunConfiguration } from '../../shared/run/configuration.ts';
import { liveStates, type RunState } from '../../shared/run/state.ts';
import type { Connection, SqlValue } from './connection.ts';
import { storedArchitecture, storedConfiguration } from './documents.ts';
import { checkStep, now, optionalColumn } from './rows.ts';
import { makeRunId, type RunKeys, runNotFound } from './runKeys.ts';
import { type RunRow, summaryColumns, toSummary } from './runRow.ts';
import type { BufferedWork } from './writeBuffer.ts';

export interface NewRun {
  readonly name: string;
  readonly architecture: Architecture;
  readonly configuration: RunConfiguration;
  readonly parameters: number;
  readonly activeParameters: number;
  /** Default: queued. */
  readonly state?: RunState;
  /** The sweep it belongs to, by id, and the values that it tries there. */
  readonly sweep?: { readonly sweep: string; readonly values: SweepValues };
  /** The run and step that a fork begins at; it has done that many steps already. */
  readonly parent?: { readonly run: string; readonly step: number; readonly loss: number | null };
}

/** What people write about a run; absent ones stay as they are. */
export interface Annotation {
  readonly name?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly notes?: string | undefined;
}

/** A run with its documents, in today's form whatever version they were stored in. */
export interface StoredRun extends RunSummary {
  readonly architecture: Architecture;
  readonly configuration: RunConfiguration;
}

export interface TrashedRun extends RunSummary {
  readonly deletedAt: string;
}

/** Newest figures of a run; absent ones stay as they are, NaN is kept as unknown. */
export interface Progress {
  readonly step?: number;
  readonly loss?: number | null;
  readonly validationLoss?: number | null;
  readonly tokensPerSecond?: number | null;
  readonly unigramEntropy?: number | null;
}

export interface RunRecords {
  /** Stores a new run and gives its id. */
  create(run: NewRun): string;
  /** Newest first; without archived runs unless asked, never those in the trash. */
  list(options?: { archived?: boolean }): RunSummary[];
  /** Ids of queued runs in the order they were queued. */
  queued(): string[];
  /** Throws `notFound`, as all methods that take an id do. */
  summary(id: string): RunSummary;
  get(id: string): StoredRun;
  /** The documents of many runs, as they were stored: not yet brought to today's form. */
  documents(): { run: string; architecture: string; configuration: string }[];
  /** A run by id, by the start of an id, or by name, when only one run matches, here or in the trash; else `notFound`. */
  find(text: string, among?: 'kept' | 'trash'): string;
  /** Keeps the times: `running` sets the start and clears the end; states that rest set the end. */
  setState(id: string, state: RunState, reason?: string | null): void;
  setDevice(id: string, device: string, reason: string): void;
  setConfiguration(id: string, configuration: RunConfiguration): void;
  setParameters(id: string, parameters: number, activeParameters: number): void;
  rename(id: string, name: string): void;
  annotate(id: string, annotation: Annotation): void;
  /** Buffered with the metric points. */
  progress(id: string, progress: Progress): void;
  archive(id: string, archived: boolean): void;
  /** Into the trash; undone by `restore`. A run that may be training is refused with `run.state`. */
  trash(id: string): void;
  restore(id: string): void;
  trashed(): TrashedRun[];
  /** Removes a trashed run and all its records for good. Its folder is the caller's to remove. */
  purge(id: string): void;
}

/** Times may tie within a millisecond; places never do. */
const nextPlace = '(SELECT coalesce(max(queue_place), 0) + 1 FROM runs)';

const columnsOfProgress: Record<keyof Progress, string> = {
  step: 'step',
  loss: 'loss',
  validationLoss: 'validation_loss',
  tokensPerSecond: 'tokens_per_second',
  unigramEntropy: 'unigram_entropy',
};

export function runRecords(
  connection: Connection,
  keys: RunKeys,
  buffer: { touched(): void; flush(): void; flushForReading(): void },
): { records: RunRecords; work: BufferedWork } {
  let waiting = new Map<string, Progress>();

  const change = (id: string, assignments: string, values: Record<string, SqlValue>) => {
    if (connection.run(`UPDATE runs SET ${assignments} WHERE id = :id`, { ...values, id }) === 0)
      throw runNotFound(id);
  };

  const row = (id: string): RunRow => {
    buffer.flushForReading();
    const found = connection.get<RunRow>(`SELECT ${summaryColumns} FROM runs WHERE id = ?`, id);
    if (found === undefined) throw runNotFound(id);
    return found;
  };

  const work: BufferedWork = {
    size: () => waiting.size,
    write() {
      for (const [id, progress] of waiting) {
        const names = (Object.keys(columnsOfProgress) as (keyof Progress)[]).filter(
          (name) => progress[name] !== undefined,
        );
        const assignments = names.map((name) => `${columnsOfProgress[name]} = :${name}`).join(', ');
        const values = Object.fromEntries(names.map((name) => [name, optionalColumn(progress[name])]));
        if (names.length > 0)
          connection.run(`UPDATE runs SET ${assignments} WHERE id = :id`, { ...values, id });
      }
    },
    committed() {
      waiting = new Map();
    },
    failed() {},
  };

  const records: RunRecords = {
    create(run) {
      return connection.transaction(() => {
        let id = makeRunId();
        while (connection.get('SELECT 1 FROM runs WHERE id = ?', id) !== undefined) id = makeRunId();
        const time = now();
        const state = run.state ?? 'queued';
        connection.run(
          `INSERT INTO runs (id, name, state, architecture, configuration, ffn_kinds, methods, steps, tokens_per_step,
             parameters, active_parameters, created_at, queue_place, sweep, sweep_values, parent, parent_step, step, loss)
           VALUES (:id, :name, :state, :architecture, :configuration, :kinds, :methods, :steps, :tokens,
             :parameters, :active, :time, ${nextPlace}, (SELECT key FROM sweeps WHERE id = :sweep), :values,
             :parent, :parentStep, :step, :loss)`,
          {
            id,
            name: run.name,
            state,
            architecture: JSON.stringify(run.architecture),
            methods: JSON.stringify(methodKinds(run.architecture)),
            kinds: JSON.stringify([...new Set(run.architecture.blocks.map((block) => block.ffn.kind))]),
            ...configurationColumns(run.architecture, run.configuration),
            parameters: run.parameters,
            active: run.activeParameters,
            time,
            sweep: run.sweep?.sweep ?? null,
            values: run.sweep === undefined ? null : JSON.stringify(run.sweep.values),
            parent: run.parent?.run ?? null,
            parentStep: run.parent?.step ?? null,
            step: run.parent?.step ?? 0,
            loss: run.parent?.loss ?? null,
          },
        );
        return id;
      });
    },

    list({ archived = false } = {}) {
      buffer.flushForReading();
      return connection
        .all<RunRow>(
          `SELECT ${summaryColumns} FROM runs WHERE deleted_at IS NULL AND archived <= ? ORDER BY key DESC`,
          archived ? 1 : 0,
        )
        .map(toSummary);
    },

    queued: () =>
      connection
        .all<{ id: string }>(
          "SELECT id FROM runs WHERE state = 'queued' AND deleted_at IS NULL ORDER BY queue_place, key",
        )
        .map(({ id }) => id),

    summary: (id) => toSummary(row(id)),

    get(id) {
      const documents = connection.get<{ architecture: string; configuration: string }>(
        'SELECT architecture, configuration FROM runs WHERE id = ?',
        id,
      );
      if (documents === undefined) throw runNotFound(id);
      return {
        ...toSummary(row(id)),
        architecture: storedArchitecture(JSON.parse(documents.architecture)),
        configuration: storedConfiguration(JSON.parse(documents.configuration)),
      };
    },

    documents: () =>
      connection.all<{ run: string; architecture: string; configuration: string }>(
        'SELECT id AS run, architecture, configuration FROM runs WHERE deleted_at IS NULL ORDER BY key DESC',
      ),

    find(text, among = 'kept') {
      const there = among === 'trash' ? 'deleted_at IS NOT NULL' : 'deleted_at IS NULL';
      const exact = connection.get(`SELECT 1 FROM runs WHERE id = ? AND ${there}`, text);
      if (exact !== undefined) return text;
      const matches = connection.all<{ id: string }>(
        `SELECT id FROM runs WHERE ${there} AND (name = :text OR substr(id, 1, length(:text)) = :text)
         ORDER BY key DESC LIMIT 6`,
        { text },
      );
      if (matches.length === 1) return matches[0]!.id;
      if (matches.length === 0) throw runNotFound(text);
      throw new FinegrainError(
        'notFound',
        `${text} names more than one run: ${matches.map(({ id }) => id).join(', ')}.`,
        'Give the whole id.',
      );
    },

    setState(id, state, reason = null) {
      const resting = state !== 'queued' && !liveStates.includes(state);
      change(
        id,
        `state = :state, reason = :reason,
         queue_place = CASE WHEN :state = 'queued' THEN ${nextPlace} ELSE queue_place END,
         started_at = CASE WHEN :state IN ('preparing', 'running') THEN coalesce(started_at, :time) ELSE started_at END,
         ended_at = CASE WHEN :resting THEN :time ELSE NULL END`,
        { state, reason, time: now(), resting: resting ? 1 : 0 },
      );
    },

    setDevice: (id, device, reason) =>
      change(id, 'device = :device, device_reason = :reason', { device, reason }),

    setConfiguration(id, configuration) {
      const { architecture } = records.get(id);
      change(
        id,
        'configuration = :configuration, steps = :steps, tokens_per_step = :tokens',
        configurationColumns(architecture, configuration),
      );
    },

    setParameters: (id, parameters, active) =>
      change(id, 'parameters = :parameters, active_parameters = :active', { parameters, active }),

    rename: (id, name) => change(id, 'name = :name', { name }),

    annotate(id, { name, tags, notes }) {
      change(
        id,
        'name = coalesce(:name, name), tags = coalesce(:tags, tags), notes = coalesce(:notes, notes)',
        {
          name: name ?? null,
          tags: tags === undefined ? null : JSON.stringify([...new Set(tags)]),
          notes: notes ?? null,
        },
      );
    },

    progress(id, progress) {
      keys.keyOf(id);
      if (progress.step !== undefined) checkStep(progress.step, `Progress of run ${id}`);
      waiting.set(id, { ...waiting.get(id), ...progress });
      buffer.touched();
    },

    archive: (id, archived) => change(id, 'archived = :archived', { archived: archived ? 1 : 0 }),

    trash(id) {
      const { state } = row(id);
      if (liveStates.includes(state)) {
        throw new FinegrainError(
          'run.state',
          `Run ${id} is ${state} and cannot be deleted.`,
          'Stop it first.',
        );
      }
      change(id, 'deleted_at = :time', { time: now() });
    },

    restore: (id) => change(id, 'deleted_at = NULL', {}),

    trashed: () =>
      connection
        .all<RunRow>(
          `SELECT ${summaryColumns} FROM runs WHERE deleted_at IS NOT NULL ORDER BY deleted_at DESC`,
        )
        .map((found) => ({ ...toSummary(found), deletedAt: found.deleted_at! })),

    purge(id) {
      if (row(id).deleted_at === null) {
        throw new FinegrainError('run.state', `Run ${id} is not in the trash.`, 'Delete it first.');
      }
      buffer.flush(); // points of a run that is gone could never be written
      connection.run('DELETE FROM runs WHERE id = ?', id);
      connection.run(
        'DELETE FROM sweeps WHERE NOT EXISTS (SELECT 1 FROM runs WHERE runs.sweep = sweeps.key)',
      );
      keys.forget(id);
    },
  };
  return { records, work };
}

function configurationColumns(architecture: Architecture, configuration: RunConfiguration) {
  return {
    configuration: JSON.stringify(configuration),
    steps: configuration.steps,
    tokens: configuration.batch * configuration.accumulate * (configuration.context ?? architecture.context),
  };
}

/**
 * Marks runs that a dead process left in a live state as `interrupted`; gives their ids. Called once, by the writer, at
 * opening, when no training process of this workspace can be alive.
 */
export function interruptLiveRuns(connection: Connection): string[] {
  const marks = liveStates.map(() => '?').join(', ');
  return connection.transaction(() => {
    const runs = connection.all<{ key: number; id: string }>(
      `SELECT key, id FROM runs WHERE state IN (${marks})`,
      ...liveStates,
    );
    const reason = 'Finegrain ended while this run was training.';
    for (const { key } of runs) {
      connection.run(
        "UPDATE runs SET state = 'interrupted', reason = ?, ended_at = ? WHERE key = ?",
        reason,
        now(),
        key,
      );
      connection.run(
        "INSERT INTO run_log (run, time, level, message) VALUES (?, ?, 'warning', ?)",
        key,
        now(),
        reason,
      );
    }
    return runs.map(({ id }) => id);
  });
}
