/** Which charts there can be: one card for each metric that was logged; training and validation loss share one. */
import { metricUnit } from '../../shared/run/metrics.ts';

export interface MetricCard {
  /** 'loss', or the name of the metric. */
  readonly id: string;
  readonly title: string;
  /** What the vertical axis says, unit included. */
  readonly axis: string;
  readonly metrics: readonly string[];
  /** Counts and rates are read against 0. */
  readonly fromZero: boolean;
}

const loss: MetricCard = {
  id: 'loss',
  title: 'Loss',
  axis: 'loss (nats/token)',
  metrics: ['train/loss', 'validation/loss'],
  fromZero: false,
};

const titles: Readonly<Record<string, string>> = {
  'train/objective': 'Training objective',
  'train/totalLoss': 'Loss with auxiliary terms',
  'train/gradientNorm': 'Gradient norm',
  'train/learningRate': 'Learning rate',
  'train/tokensPerSecond': 'Training speed',
  'train/flopsPerSecond': 'Computed FLOP/s',
  'train/activeFlopsPerSecond': 'Active FLOP/s',
  'train/utilisation': 'Utilisation',
  'validation/perplexity': 'Validation perplexity',
  'validation/bitsPerByte': 'Validation bits per byte',
};

export const speedCard = 'train/tokensPerSecond';

/** On show until something else is chosen. Those that a run did not log are left out. */
export const defaultCards: readonly string[] = [
  'loss',
  speedCard,
  'train/gradientNorm',
  'train/learningRate',
  'train/report/overflow',
];

/** The card of an id: 'loss', or any metric, known to us or not. */
export function metricCard(id: string): MetricCard {
  if (id === 'loss') return loss;
  const title = titles[id] ?? wordsOf(id);
  const unit = metricUnit(id);
  const noun = title.toLowerCase().replaceAll('flop', 'FLOP');
  const axis = unit === '' || noun === unit || noun.endsWith(unit) ? noun : `${noun} (${unit})`;
  const fromZero = /PerSecond$|utilisation$|\/report\/|learningRate$/.test(id);
  return { id, title, axis, metrics: [id], fromZero };
}

/** Ids of all cards that these metrics make, loss first, the others in order of name. */
export function cardsOf(metrics: Iterable<string>): string[] {
  const names = new Set(metrics);
  const single = [...names].filter((name) => !loss.metrics.includes(name)).sort();
  return [...(loss.metrics.some((name) => names.has(name)) ? ['loss'] : []), ...single];
}

/** The cards to draw: pinned ones, then chosen ones; only such as exist. */
export function shownCards(
  existing: readonly string[],
  chosen: readonly string[],
  pinned: readonly string[],
): MetricCard[] {
  const ids = [...new Set([...pinned, ...chosen])];
  return ids.filter((id) => existing.includes(id)).map(metricCard);
}

/** "train/auxiliary/loadBalance" -> "Auxiliary loss: load balance"; "train/report/overflow" -> "Overflow". */
function wordsOf(id: string): string {
  const [, kind, ...rest] = id.split('/');
  const words = (text: string) =>
    text
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .replaceAll('/', ' ')
      .toLowerCase();
  const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
  if (rest.length > 0 && kind === 'auxiliary') return `Auxiliary loss: ${words(rest.join(' '))}`;
  if (rest.length > 0 && kind === 'report') return capital(words(rest.join(' ')));
  return capital(words(id.replace(/^train\//, '')));
}
