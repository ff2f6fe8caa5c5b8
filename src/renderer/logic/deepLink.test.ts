import { describe, expect, it } from 'vitest';
import { formatHash, parseHash } from './deepLink.ts';

describe('deep links', () => {
  it('read back what they write', () => {
    for (const target of [
      { page: 'design', run: null, step: null },
      { page: 'runs', run: 'r7k2m9', step: null },
      { page: 'inspect', run: 'r7/odd id', step: 400 },
      { page: 'laws', run: 'r7k2m9', step: null },
    ] as const) {
      expect(parseHash(formatHash(target))).toEqual(target);
    }
  });
  it('refuse pages that do not exist', () => {
    expect(parseHash('#/poems')).toBeNull();
    expect(parseHash('')).toBeNull();
    expect(parseHash('#/inspect/a/x')).toEqual({ page: 'inspect', run: 'a', step: null });
  });
});
