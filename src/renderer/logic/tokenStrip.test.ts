import { expect, test } from 'vitest';
import type { ReadRoutes, TokenReading } from '../../shared/run/reading.ts';
import { luminance } from './tokenColour.ts';
import { expertPaint, routerEntropy, scalePaint, stripScale, stripValues } from './tokenStrip.ts';
import { topTokens } from './topTokens.ts';

const routes: ReadRoutes = {
  layer: 1,
  kind: 'moe',
  experts: 4,
  groups: 2,
  router: 'softmax',
  probabilities: [
    [0.5, 0.5, 1, 0],
    [0.25, 0.75, 0.5, 0.5],
    [0.2, 0.2, 0, 0.4],
  ],
  chosen: [[0, 2], [1, 3], [3]],
  weights: [[0.5, 1], [0.75, 0.5], [0.4]],
};
const token = (id: number, loss: number | null, entropy: number | null) => ({
  id,
  token: `t${id}`,
  loss,
  predictions: [],
  entropy,
});
const reading: TokenReading = {
  step: 1,
  source: 'the given text',
  context: 4,
  window: 0,
  windows: 1,
  cut: false,
  loss: 2,
  bitsPerByte: 1,
  read: 3,
  tokens: [token(7, null, 1), token(8, 2, 1.5), token(7, 3, 2), token(9, 1, null)],
  layers: [
    { layer: 0, kind: 'dense', nsar: { '0.1': [0.1, 0.2, 0.3] } },
    { layer: 1, kind: 'moe', nsar: { '0.1': [0.4, 0.5, 0.6] } },
  ],
  statistics: [],
  routes: [routes],
};

test('values of each colouring; what a layer or the last token lacks is null', () => {
  expect(stripValues(reading, 'loss', 1, '0.1')).toEqual([null, 2, 3, 1]);
  expect(stripValues(reading, 'entropy', 1, '0.1')).toEqual([1, 1.5, 2, null]);
  expect(stripValues(reading, 'sparsity', 0, '0.1')).toEqual([0.1, 0.2, 0.3, null]);
  expect(stripValues(reading, 'sparsity', 0, '7')).toEqual([null, null, null, null]);
  expect(stripValues(reading, 'expert', 1, '0.1')).toEqual([0, 1, 3, null]);
  expect(stripValues(reading, 'expert', 0, '0.1')).toEqual([null, null, null, null]);
  expect(stripValues(reading, 'active', 1, '0.1')).toEqual([2, 2, 1, null]);
});

test('router entropy is the mean over groups, of scores divided by their sum', () => {
  expect(routerEntropy(routes, 0)).toBeCloseTo(Math.log(2) / 2, 12);
  expect(routerEntropy(routes, 2)).toBeCloseTo(Math.log(2) / 2, 12);
  expect(routerEntropy({ ...routes, probabilities: null }, 0)).toBeNull();
});

test('a scale ends at its largest value, that of losses at the worst twentieth', () => {
  expect(stripScale([0.2, null, 0.6], 'sparsity')).toBe(0.6);
  expect(stripScale([null], 'entropy')).toBe(1);
  expect(stripScale([...new Array(99).fill(2), 50], 'loss')).toBe(2);
});

test('text can be read on every paint', () => {
  const contrast = ({ background, text }: { background: string; text: string }) => {
    const [a, b] = [luminance(background) + 0.05, luminance(text) + 0.05];
    return Math.max(a, b) / Math.min(a, b);
  };
  for (let at = 0; at <= 20; at++) expect(contrast(scalePaint(at, 20))).toBeGreaterThan(4.5);
  for (let at = 0; at < 64; at++) expect(contrast(expertPaint(at, 64))).toBeGreaterThan(4.5);
  expect(new Set(Array.from({ length: 64 }, (_, at) => expertPaint(at, 64).background)).size).toBe(64);
});

test('top tokens of an expert: by how often it ran for them', () => {
  expect(topTokens(routes, reading.tokens, 3)).toEqual([
    { id: 8, token: 't8', count: 1, of: 1, weight: 0.5 },
    { id: 7, token: 't7', count: 1, of: 2, weight: 0.4 },
  ]);
  expect(topTokens(routes, reading.tokens, 3, 1)).toHaveLength(1);
});
