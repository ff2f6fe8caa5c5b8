import { describe, expect, it } from 'vitest';
import { findPreset } from '../../shared/architecture/presets.ts';
import {
  brackets,
  followerSimilarity,
  layerRoles,
  savings,
  suggestRange,
  withBegin,
  withEnd,
  withFirstGroupEnd,
} from './superblockStack.ts';

const range = { groupSize: 3, begin: 1, end: 9 };

describe('brackets over the layer stack', () => {
  it('stand where followers are', () => {
    expect(brackets(range, 8)).toEqual([
      { leader: 1, end: 4 },
      { leader: 4, end: 7 },
    ]);
    expect(brackets({ groupSize: 1, begin: 0, end: 8 }, 8)).toEqual([]);
    expect(brackets({ groupSize: 4, begin: 3, end: 9 }, 8)).toEqual([{ leader: 3, end: 7 }]);
  });

  it('agree with the roles that the model plays', () => {
    const document = findPreset('uniattn-4.5m')!.architecture;
    const roles = layerRoles(document);
    const sharing = document.sharing as { begin: number; end: number; groupSize: number };
    const followers = brackets(sharing, roles.length).flatMap(({ leader, end }) =>
      Array.from({ length: end - leader - 1 }, (_, index) => leader + 1 + index),
    );
    expect(roles.flatMap((role, layer) => (role.kind === 'follower' ? [layer] : []))).toEqual(followers);
  });

  it('move within the stack, with begin before end', () => {
    expect(withBegin(range, -3)).toEqual({ begin: 0 });
    expect(withBegin(range, 40)).toEqual({ begin: 8 });
    expect(withEnd(range, 40, 8)).toEqual({ end: 8 });
    expect(withEnd(range, 0, 8)).toEqual({ end: 2 });
    expect(withFirstGroupEnd(range, 3.4, 8)).toEqual({ groupSize: 2 });
    expect(withFirstGroupEnd(range, 0, 8)).toEqual({ groupSize: 1 });
    expect(withFirstGroupEnd(range, 99, 8)).toEqual({ groupSize: 7 });
  });

  it('save cache and FLOPs', () => {
    const { with: shared, without } = savings(findPreset('crosslayerkv-1m')!.architecture);
    expect(shared.kvCacheBytesPerToken).toBeLessThan(without.kvCacheBytesPerToken);
    expect(shared.flopsPerToken.forward).toBeLessThan(without.flopsPerToken.forward);
  });
});

describe('similarity of layers', () => {
  // Layers 2, 3, 4 are alike, others are not.
  const similarity = Array.from({ length: 6 }, (_, i) =>
    Array.from({ length: 6 }, (_, j) => (i === j ? 1 : i >= 2 && j >= 2 && i <= 4 && j <= 4 ? 0.9 : 0.3)),
  );

  it('suggests the place of the same range where followers are most like their leaders', () => {
    const now = { groupSize: 3, begin: 0, end: 3 };
    expect(followerSimilarity(now, 6, similarity)).toBeCloseTo(0.3);
    expect(suggestRange(now, 6, similarity)).toEqual({ begin: 2, end: 5, mean: expect.closeTo(0.9) });
  });

  it('knows nothing where a pair has no similarity', () => {
    const holes = similarity.map((row) => row.map(() => null));
    expect(suggestRange({ groupSize: 3, begin: 0, end: 3 }, 6, holes)).toBeNull();
    expect(followerSimilarity({ groupSize: 1, begin: 0, end: 6 }, 6, similarity)).toBeNull();
  });
});
