import { expect, it } from 'vitest';
import { presets } from '../../shared/architecture/presets.ts';
import { presetGroups, presetSizes } from './presetGroups.ts';

it('shows every preset under exactly one size, in groups that are not empty', () => {
  const shown = presetSizes.flatMap(({ name }) => presetGroups(name));
  const names = shown.flatMap(({ entries }) => entries.map(({ preset }) => preset.name));
  expect(names.toSorted()).toEqual(presets.map(({ name }) => name).toSorted());
  expect(shown.every(({ entries }) => entries.length > 0)).toBe(true);
});

it('gives a preset of sharing or position the colour of that method', () => {
  const entries = presetGroups('1m').flatMap((group) => group.entries);
  const kindOf = (name: string) => entries.find(({ preset }) => preset.name === name)?.kind;
  expect(kindOf('uniattn-1m')).toBe('uniattn');
  expect(kindOf('harpe-1m')).toBe('harpe');
  expect(kindOf('dense-1m')).toBe('dense');
  expect(kindOf('fine-grained-1m')).toBe('moe');
});
