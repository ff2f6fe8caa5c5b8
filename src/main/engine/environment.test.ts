import { expect, test } from 'vitest';
import { trainingEnvironment } from './environment.ts';

test('huge pages are asked for on Linux, beside settings of the user and never against them', () => {
  const asked = (environment: Record<string, string>) => trainingEnvironment(environment).GLIBC_TUNABLES;
  if (process.platform !== 'linux') {
    expect(trainingEnvironment({})).toEqual({});
    return;
  }
  expect(asked({})).toBe('glibc.malloc.hugetlb=1');
  expect(asked({ GLIBC_TUNABLES: 'glibc.malloc.arena_max=1' })).toBe(
    'glibc.malloc.arena_max=1:glibc.malloc.hugetlb=1',
  );
  expect(asked({ GLIBC_TUNABLES: 'glibc.malloc.hugetlb=0' })).toBeUndefined();
});
