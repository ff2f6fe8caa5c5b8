/** How good predictions were: hindcasts of every finished run, kept until the run has another end. */
import { setImmediate } from 'node:timers/promises';
import { FinegrainError, toErrorShape } from '../../../shared/errors.ts';
import { calibrate } from '../../../shared/laws/calibration.ts';
import { type Hindcast, hindcastRun } from '../../../shared/laws/hindcast.ts';
import type { LawsQuality, RunHindcast } from '../../../shared/rpc/contract.ts';
import type { Store } from '../../store/index.ts';
import { measuredTrajectory } from './subject.ts';

export class QualityService {
  private readonly store: Store;
  /** By run, its end and the set. */
  private readonly known = new Map<string, Hindcast>();

  constructor(store: Store) {
    this.store = store;
  }

  /** Throws `cancelled` where the caller leaves before all runs are done; what is done stays known. */
  async of(set: string, signal?: AbortSignal): Promise<LawsQuality> {
    const runs: RunHindcast[] = [];
    const hindcasts = [];
    const without: LawsQuality['without'][number][] = [];
    for (const { run, name, state, endedAt } of this.store.runs.list()) {
      if (state !== 'finished') continue;
      if (signal?.aborted === true) throw new FinegrainError('cancelled', 'The hindcasts were cancelled.');
      try {
        const hindcast = await this.hindcast(run, `${run} ${endedAt} ${set}`, set);
        runs.push({ run, name, set, rows: hindcast.rows });
        hindcasts.push({ run, hindcast });
      } catch (error) {
        without.push({ run, name, reason: toErrorShape(error).message });
      }
    }
    return { set, runs, calibration: calibrate(hindcasts), without };
  }

  private async hindcast(run: string, key: string, set: string): Promise<Hindcast> {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const made = hindcastRun(measuredTrajectory(this.store, this.store.runs.get(run), [{ set, weight: 1 }]));
    this.known.set(key, made);
    await setImmediate(); // calls in between are answered
    return made;
  }
}
