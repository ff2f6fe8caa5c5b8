import { describe, expect, it } from 'vitest';
import { cardsOf, metricCard, shownCards } from './metricCards.ts';

describe('cards of metrics', () => {
  it('puts training and validation loss on one card, first', () => {
    expect(cardsOf(['train/tokensPerSecond', 'validation/loss', 'train/loss', 'train/gradientNorm'])).toEqual(
      ['loss', 'train/gradientNorm', 'train/tokensPerSecond'],
    );
    expect(cardsOf([])).toEqual([]);
  });
  it('names known and unknown metrics, with units', () => {
    expect(metricCard('loss').axis).toBe('loss (nats/token)');
    expect(metricCard('train/tokensPerSecond')).toMatchObject({
      title: 'Training speed',
      axis: 'training speed (tokens/s)',
      fromZero: true,
    });
    expect(metricCard('train/auxiliary/loadBalance')).toMatchObject({
      title: 'Auxiliary loss: load balance',
      axis: 'auxiliary loss: load balance (nats/token)',
    });
    expect(metricCard('train/report/overflow').axis).toBe('overflow (share of choices)');
    expect(metricCard('train/activeFlopsPerSecond').axis).toBe('active FLOP/s');
    expect(metricCard('train/gradientNorm').axis).toBe('gradient norm');
  });
  it('shows pinned cards first, and only such as exist', () => {
    const shown = shownCards(['loss', 'a', 'b'], ['loss', 'a', 'gone'], ['b', 'a', 'lost']);
    expect(shown.map((card) => card.id)).toEqual(['b', 'a', 'loss']);
  });
});
