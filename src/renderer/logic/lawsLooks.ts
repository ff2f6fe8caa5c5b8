/** How the lines of predictions look: our law in the accent, baselines grey and told apart by their dash. */
import type { PredictionMethod } from '../../shared/laws/types.ts';
import { type Scheme, surfaces } from '../theme.ts';

export interface LineLook {
  readonly colour: string;
  readonly dash: 'solid' | 'dash' | 'dot' | 'dashdot' | 'longdash' | 'longdashdot' | '2px 6px';
  readonly width: number;
}

const dashes: Readonly<Record<PredictionMethod, LineLook['dash']>> = {
  temporal: 'dash',
  power: 'dot',
  reciprocal: 'dashdot',
  log: 'longdash',
  linearLog: 'longdashdot',
  lastValue: '2px 6px',
  multiPower: 'dash',
};

/** The baseline that knows the schedule stands out from those that do not. */
const informed: Readonly<Record<Scheme, string>> = { light: '#8f5f00', dark: '#f0b84a' };

export function methodLook(method: PredictionMethod, scheme: Scheme): LineLook {
  const own = method === 'temporal';
  const knows = method === 'multiPower';
  const { accent, mute } = surfaces[scheme];
  return {
    colour: own ? accent : knows ? informed[scheme] : mute,
    dash: dashes[method],
    width: own ? 2.2 : 1.5,
  };
}

/** Steps from pale to the accent, the last the accent itself: checkpoints from early to late. */
export function progressColours(count: number, scheme: Scheme): string[] {
  const [from, to] =
    scheme === 'light' ? ['#b9c0cd', surfaces.light.accent] : ['#4a5568', surfaces.dark.accent];
  const channels = (colour: string) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  const [start, end] = [channels(from), channels(to)];
  return Array.from({ length: count }, (_, k) => {
    const share = count === 1 ? 1 : k / (count - 1);
    return `#${start
      .map((channel, at) =>
        Math.round(channel + (end[at]! - channel) * share)
          .toString(16)
          .padStart(2, '0'),
      )
      .join('')}`;
  });
}
