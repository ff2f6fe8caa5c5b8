/** Study records: the plan, where it stands, and every ranking. Its runs are those of its sweep. */
import { randomInt } from 'node:crypto';
import { FinegrainError } from '../../shared/errors.ts';
import type { StudyState } from '../../shared/rpc/contract.ts';
import type { StudyDecision } from '../../shared/run/study.ts';
import { type StudyPlan, studyPlanSchema } from '../../shared/run/studyPlan.ts';
import type { Connection } from './connection.ts';
import { now } from './rows.ts';

export interface StoredStudy {
  readonly study: string;
  readonly name: string;
  readonly sweep: string;
  readonly plan: StudyPlan;
  readonly steps: number;
  readonly state: StudyState;
  readonly reason: string | null;
  readonly decisions: readonly StudyDecision[];
  readonly byHand: readonly string[];
  readonly createdAt: string;
  readonly endedAt: string | null;
}

export interface StudyRecords {
  /** Stores a running study over the runs of a sweep and gives its id. */
  create(study: Pick<StoredStudy, 'name' | 'sweep' | 'plan' | 'steps'>): string;
  /** Newest first. */
  list(): StoredStudy[];
  /** Throws `notFound`. */
  get(id: string): StoredStudy;
  /** The study over a sweep; null where there is none. */
  ofSweep(sweep: string): string | null;
  /** A study by id, by the start of an id, or by name, when only one matches; else `notFound`. */
  find(text: string): string;
  /** `done` and `stopped` set the end, `running` clears it. */
  setState(id: string, state: StudyState, reason: string | null): void;
  addDecision(id: string, decision: StudyDecision): void;
  continueByHand(id: string, runs: readonly string[]): void;
}

interface StudyColumns {
  id: string;
  name: string;
  sweep: string;
  plan: string;
  steps: number;
  state: StudyState;
  reason: string | null;
  decisions: string;
  by_hand: string;
  created_at: string;
  ended_at: string | null;
}

const selected = `SELECT studies.id, studies.name, sweeps.id AS sweep, studies.plan, steps, state, reason, decisions,
  by_hand, studies.created_at, ended_at FROM studies JOIN sweeps ON sweeps.key = studies.sweep`;

export function studyRecords(connection: Connection): StudyRecords {
  const records: StudyRecords = {
    create({ name, sweep, plan, steps }) {
      let id = makeStudyId();
      while (connection.get('SELECT 1 FROM studies WHERE id = ?', id) !== undefined) id = makeStudyId();
      connection.run(
        `INSERT INTO studies (id, name, sweep, plan, steps, state, created_at)
         VALUES (:id, :name, (SELECT key FROM sweeps WHERE id = :sweep), :plan, :steps, 'running', :time)`,
        { id, name, sweep, plan: JSON.stringify(plan), steps, time: now() },
      );
      return id;
    },
    list: () => connection.all<StudyColumns>(`${selected} ORDER BY studies.key DESC`).map(read),
    get(id) {
      const row = connection.get<StudyColumns>(`${selected} WHERE studies.id = ?`, id);
      if (row === undefined) throw notFound(id);
      return read(row);
    },
    ofSweep: (sweep) =>
      connection.get<{ id: string }>(
        'SELECT id FROM studies WHERE sweep = (SELECT key FROM sweeps WHERE id = ?)',
        sweep,
      )?.id ?? null,
    find(text) {
      const matches = connection.all<{ id: string }>(
        'SELECT id FROM studies WHERE name = :text OR substr(id, 1, length(:text)) = :text ORDER BY key DESC LIMIT 6',
        { text },
      );
      const exact = matches.find(({ id }) => id === text);
      if (exact !== undefined) return exact.id;
      if (matches.length === 1) return matches[0]!.id;
      if (matches.length === 0) throw notFound(text);
      throw new FinegrainError(
        'notFound',
        `${text} names more than one study: ${matches.map(({ id }) => id).join(', ')}.`,
        'Give the whole id.',
      );
    },
    setState(id, state, reason) {
      const endedAt = state === 'running' ? null : now();
      const changed = connection.run(
        'UPDATE studies SET state = :state, reason = :reason, ended_at = :endedAt WHERE id = :id',
        { id, state, reason, endedAt },
      );
      if (changed === 0) throw notFound(id);
    },
    addDecision(id, decision) {
      const decisions = [...records.get(id).decisions, decision];
      connection.run('UPDATE studies SET decisions = ? WHERE id = ?', JSON.stringify(decisions), id);
    },
    continueByHand(id, runs) {
      const byHand = [...new Set([...records.get(id).byHand, ...runs])];
      connection.run('UPDATE studies SET by_hand = ? WHERE id = ?', JSON.stringify(byHand), id);
    },
  };
  return records;
}

function read(row: StudyColumns): StoredStudy {
  return {
    study: row.id,
    name: row.name,
    sweep: row.sweep,
    plan: studyPlanSchema.parse(JSON.parse(row.plan)),
    steps: row.steps,
    state: row.state,
    reason: row.reason,
    decisions: JSON.parse(row.decisions) as StudyDecision[],
    byHand: JSON.parse(row.by_hand) as string[],
    createdAt: row.created_at,
    endedAt: row.ended_at,
  };
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** `y` and five characters of Crockford's base 32, as run ids are made. */
function makeStudyId(): string {
  let id = 'y';
  for (let index = 0; index < 5; index++) id += alphabet[randomInt(alphabet.length)];
  return id;
}

function notFound(id: string): FinegrainError {
  return new FinegrainError(
    'notFound',
    `There is no study ${id}.`,
    'See the studies with: finegrain study list',
  );
}
