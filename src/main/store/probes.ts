/** Probes of runs, as deflated JSON: a probe of a few layers is some kilobytes of digits. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Probe } from '../../shared/run/probe.ts';
import type { Connection } from './connection.ts';
import { checkStep } from './rows.ts';
import type { RunKeys } from './runKeys.ts';

export interface ProbeRecords {
  /** Stores a probe at its step; a repeated step is replaced. */
  add(run: string, probe: Probe): void;
  /** Probes after `afterStep` (default: all) in order of step. */
  list(run: string, options?: { afterStep?: number; branch?: number }): Probe[];
  newest(run: string): Probe | null;
}

export function probeRecords(connection: Connection, keys: RunKeys): ProbeRecords {
  return {
    add(run, probe) {
      checkStep(probe.step, `Probe of run ${run}`);
      connection.run(
        'INSERT OR REPLACE INTO probes (run, branch, step, content) VALUES (?, 0, ?, ?)',
        keys.keyOf(run),
        probe.step,
        packProbe(probe),
      );
    },
    list: (run, { afterStep = -1, branch = 0 } = {}) =>
      connection
        .all<{ content: Uint8Array }>(
          'SELECT content FROM probes WHERE run = ? AND branch = ? AND step > ? ORDER BY step',
          keys.keyOf(run),
          branch,
          afterStep,
        )
        .map(({ content }) => unpackProbe(content)),
    newest(run) {
      const row = connection.get<{ content: Uint8Array }>(
        'SELECT content FROM probes WHERE run = ? AND branch = 0 ORDER BY step DESC LIMIT 1',
        keys.keyOf(run),
      );
      return row === undefined ? null : unpackProbe(row.content);
    },
  };
}

/** JSON has no NaN or infinities, and a diverging run probes both: they are written as `~NaN`, `~Infinity`, `~-Infinity`. */
function packProbe(probe: Probe): Uint8Array {
  const text = JSON.stringify(probe, (_key, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? `~${value}` : value,
  );
  return deflateRawSync(text);
}

const specials = new Map([
  ['~NaN', Number.NaN],
  ['~Infinity', Number.POSITIVE_INFINITY],
  ['~-Infinity', Number.NEGATIVE_INFINITY],
]);

function unpackProbe(content: Uint8Array): Probe {
  const text = inflateRawSync(content).toString('utf8');
  return JSON.parse(text, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith('~') ? (specials.get(value) ?? value) : value,
  ) as Probe;
}
