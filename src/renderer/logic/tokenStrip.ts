/** What the tokens of a text are coloured by: a number on a shared scale, or the expert that a layer chose. */
import { mapColour } from '../../shared/figures/colours.ts';
import type { ReadRoutes, TokenReading } from '../../shared/run/reading.ts';
import { luminance } from './tokenColour.ts';

export const tokenColourings = ['loss', 'expert', 'active', 'router', 'entropy', 'sparsity'] as const;
export type TokenColouring = (typeof tokenColourings)[number];

export const colouringLabels: Readonly<Record<TokenColouring, string>> = {
  loss: 'loss',
  expert: 'expert',
  active: 'active experts',
  router: 'router entropy',
  entropy: 'prediction entropy',
  sparsity: 'NSAR',
};

export const colouringUnits: Readonly<Record<TokenColouring, string>> = {
  loss: 'nats',
  expert: '',
  active: 'experts',
  router: 'nats',
  entropy: 'nats',
  sparsity: 'of units',
};

/** Those that need experts that can be switched off; the others are there for every model. */
export const routedColourings: readonly TokenColouring[] = ['expert', 'active', 'router'];

export function routesOf(reading: TokenReading, layer: number): ReadRoutes | null {
  return reading.routes.find((entry) => entry.layer === layer) ?? null;
}

/** One value a token; null where the model says none. `expert` gives the index of the most probable one that ran. */
export function stripValues(
  reading: TokenReading,
  colouring: TokenColouring,
  layer: number,
  threshold: string,
): (number | null)[] {
  const routes = routesOf(reading, layer);
  const byToken = (pick: (token: number) => number | null): (number | null)[] =>
    reading.tokens.map((_, token) => (token < reading.read ? pick(token) : null));
  switch (colouring) {
    case 'loss':
      return reading.tokens.map(({ loss }) => loss);
    case 'entropy':
      return reading.tokens.map(({ entropy }) => entropy);
    case 'sparsity': {
      const rates = reading.layers.find((entry) => entry.layer === layer)?.nsar[threshold];
      return byToken((token) => rates?.[token] ?? null);
    }
    case 'expert':
      return byToken((token) => routes?.chosen[token]?.[0] ?? null);
    case 'active':
      return byToken((token) => routes?.chosen[token]?.length ?? null);
    case 'router':
      return byToken((token) => (routes === null ? null : routerEntropy(routes, token)));
  }
}

/** Entropy in nats of a token's router probabilities, mean over the groups; scores that sum to no 1 are divided by their sum. */
export function routerEntropy(routes: ReadRoutes, token: number): number | null {
  const row = routes.probabilities?.[token];
  if (row === undefined) return null;
  const perGroup = routes.experts / routes.groups;
  let sum = 0;
  for (let group = 0; group < routes.groups; group++) {
    const scores = row.slice(group * perGroup, (group + 1) * perGroup);
    const total = scores.reduce((all, score) => all + score, 0);
    for (const score of scores) if (score > 0) sum -= (score / total) * Math.log(score / total);
  }
  return sum / routes.groups;
}

/** The largest value of a scale over all texts shown; of losses the 95th percentile, so that one odd token does not wash all others out. */
export function stripScale(values: readonly (number | null)[], colouring: TokenColouring): number {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (known.length === 0) return 1;
  if (colouring === 'loss') return Math.max(1, known[Math.floor(0.95 * (known.length - 1))]!);
  return Math.max(1e-9, known.at(-1)!);
}

export interface Paint {
  readonly background: string;
  readonly text: string;
}

export function scalePaint(value: number, scale: number): Paint {
  const background = mapColour('cividis', value / scale);
  // Whichever of black and white stands out more: (l + 0.05) / 0.05 against 1.05 / (l + 0.05).
  return { background, text: (luminance(background) + 0.05) ** 2 > 1.05 * 0.05 ? '#000000' : '#ffffff' };
}

/** Light hues around the circle, black on them readable; neighbours differ in lightness too. */
export function expertPaint(index: number, count: number): Paint {
  const hue = (360 * index) / Math.max(1, count);
  const lightness = [0.8, 0.68, 0.74][index % 3]!;
  return { background: hslHex(hue, 0.62, lightness), text: '#000000' };
}

function hslHex(hue: number, saturation: number, lightness: number): string {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (offset: number) => {
    const at = (offset + hue / 30) % 12;
    const value = lightness - reach * Math.max(-1, Math.min(at - 3, 9 - at, 1));
    return Math.round(255 * value)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}
