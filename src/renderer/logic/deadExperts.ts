/** Experts that no token used in two probes running: once may be the draw of the batch, twice is worth a look. */
import type { Probe } from '../../shared/run/probe.ts';

export interface DeadWatch {
  readonly step: number;
  /** `layer.expert` of the newest probe. */
  readonly dead: ReadonlySet<string>;
  /** What was said already. */
  readonly told: ReadonlySet<string>;
}

export interface DeadLayer {
  readonly layer: number; // from 1
  readonly experts: number[]; // from 1
}

/** Takes a new probe in. `news`: experts now dead twice running that were not told of before, layer by layer. */
export function watchDead(
  before: DeadWatch | undefined,
  probe: Probe,
): { watch: DeadWatch; news: DeadLayer[] } {
  const known = before !== undefined && before.step < probe.step ? before : undefined; // else: it began again
  const dead = new Set(
    probe.layers.flatMap(({ layer, experts }) => (experts?.dead ?? []).map((expert) => `${layer}.${expert}`)),
  );
  const fresh = [...dead].filter((key) => known?.dead.has(key) === true && !known.told.has(key));
  const news: DeadLayer[] = [];
  for (const key of fresh) {
    const [layer, expert] = key.split('.').map((part) => Number(part) + 1) as [number, number];
    const entry = news.find((other) => other.layer === layer);
    if (entry === undefined) news.push({ layer, experts: [expert] });
    else entry.experts.push(expert);
  }
  return { watch: { step: probe.step, dead, told: new Set([...(known?.told ?? []), ...fresh]) }, news };
}

/** Experts that no token used in the last two probes of a run. Empty where fewer were logged. */
export function deadAtEnd(probes: readonly Probe[]): DeadLayer[] {
  const [before, last] = probes.slice(-2);
  if (before === undefined || last === undefined) return [];
  return watchDead(watchDead(undefined, before).watch, last).news;
}

/** "layer 2: 1, 4; layer 3: 2", short enough for a message. */
export function deadText(news: readonly DeadLayer[]): string {
  const named = news.slice(0, 4).map(({ layer, experts }) => {
    const shown = experts.slice(0, 6).join(', ');
    return `layer ${layer}: ${shown}${experts.length > 6 ? ` and ${experts.length - 6} more` : ''}`;
  });
  return `${named.join('; ')}${news.length > 4 ? `; and in ${news.length - 4} more layers` : ''}`;
}
