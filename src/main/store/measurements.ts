/** Loss by position along a run, by set: a vector of means and one of standard errors, deflated. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { MeasuredSet, Measurement, RunMeasurements } from '../../shared/run/measurement.ts';
import type { Connection } from './connection.ts';
import { checkStep } from './rows.ts';
import type { RunKeys } from './runKeys.ts';

/** All sets at one step, as the training process reports them. */
export interface NewMeasurement {
  readonly step: number;
  readonly tokens: number;
  /** Of training, so far. */
  readonly seconds: number;
  readonly learningRate: number;
  /** Seconds that measuring took. */
  readonly cost: number;
  readonly sets: readonly ({ readonly set: string } & Pick<
    Measurement,
    'sequences' | 'loss' | 'standardError'
  >)[];
}

export interface MeasurementRecords {
  /** Stores a measurement at its step; a repeated step is replaced. */
  add(run: string, measurement: NewMeasurement): void;
  /** Everything measured of a run as it stands, or of an earlier branch of it. */
  of(run: string, options?: { branch?: number }): RunMeasurements;
}

interface Row {
  readonly step: number;
  readonly set: string;
  readonly tokens: number;
  readonly learningRate: number;
  readonly sequences: number;
  readonly content: Uint8Array;
}

export function measurementRecords(connection: Connection, keys: RunKeys): MeasurementRecords {
  return {
    add(run, { step, tokens, seconds, learningRate, cost, sets }) {
      checkStep(step, `Measurement of run ${run}`);
      const key = keys.keyOf(run);
      connection.transaction(() => {
        connection.run('DELETE FROM measurements WHERE run = ? AND branch = 0 AND step = ?', key, step);
        sets.forEach(({ set, sequences, loss, standardError }, position) => {
          connection.run(
            'INSERT INTO measurements VALUES (?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
            key,
            step,
            set,
            position,
            tokens,
            seconds,
            learningRate,
            sequences,
            cost / sets.length,
            pack(loss, standardError),
          );
        });
      });
    },

    of(run, { branch = 0 } = {}) {
      const at = [keys.keyOf(run), branch] as const;
      const rows = connection.all<Row>(
        `SELECT step, set_name AS "set", tokens, learning_rate AS learningRate, sequences, content
         FROM measurements WHERE run = ? AND branch = ? ORDER BY position, step`,
        ...at,
      );
      const sets = new Map<string, Measurement[]>();
      for (const { set, content, ...row } of rows) {
        const points = sets.get(set) ?? [];
        sets.set(set, points);
        points.push({ ...row, ...unpack(content) });
      }
      const spent = connection.get<{ cost: number | null; seconds: number | null }>(
        'SELECT sum(cost) AS cost, max(seconds) AS seconds FROM measurements WHERE run = ? AND branch = ?',
        ...at,
      )!;
      const share =
        spent.cost === null || spent.seconds === null || spent.seconds === 0
          ? null
          : spent.cost / spent.seconds;
      return { run, sets: [...sets].map(([set, points]): MeasuredSet => ({ set, points })), share };
    },
  };
}

/** A float32 keeps seven digits: far below the sampling error of any loss. */
function pack(loss: readonly number[], standardError: readonly number[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(4 * (loss.length + standardError.length)));
  [...loss, ...standardError].forEach((value, at) => {
    bytes.setFloat32(4 * at, value, true);
  });
  return deflateRawSync(new Uint8Array(bytes.buffer));
}

function unpack(content: Uint8Array): Pick<Measurement, 'loss' | 'standardError'> {
  const { buffer, byteOffset, byteLength } = inflateRawSync(content);
  const bytes = new DataView(buffer, byteOffset, byteLength);
  const values = Array.from({ length: byteLength / 4 }, (_, at) => bytes.getFloat32(4 * at, true));
  const positions = values.length / 2;
  return { loss: values.slice(0, positions), standardError: values.slice(positions) };
}
