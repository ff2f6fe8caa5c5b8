import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expertLayouts } from '../../shared/architecture/edits.ts';
import { findPreset } from '../../shared/architecture/presets.ts';
import { axisCounts, layoutPosition, nearestLayout, stepLayout, withCurrent } from './layoutFamily.ts';

const architecture = findPreset('bench-finedeep')!.architecture; // D = 768
const family = expertLayouts(architecture, 0);

describe('the plane of expert layouts', () => {
  it('snaps any point to a member of the family, and a member to itself', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -2, max: 9, noNaN: true }),
        fc.double({ min: -2, max: 9, noNaN: true }),
        (groups, perGroup) => {
          expect(family).toContainEqual(nearestLayout(family, groups, perGroup));
        },
      ),
    );
    for (const layout of family) {
      expect(nearestLayout(family, layoutPosition(layout.groups), layoutPosition(layout.perGroup))).toEqual(
        layout,
      );
    }
  });

  it('steps to the next layout along one axis, and stops at the end', () => {
    expect(stepLayout(family, { groups: 2, perGroup: 4 }, 'moreGroups')).toEqual({ groups: 3, perGroup: 4 });
    expect(stepLayout(family, { groups: 2, perGroup: 4 }, 'fewerPerGroup')).toEqual({
      groups: 2,
      perGroup: 3,
    });
    expect(stepLayout(family, { groups: 1, perGroup: 4 }, 'fewerGroups')).toEqual({ groups: 1, perGroup: 4 });
  });

  it('keeps a layout in use that is not offered', () => {
    expect(withCurrent(family, { groups: 2, perGroup: 4 })).toHaveLength(family.length);
    expect(withCurrent(family, { groups: 96, perGroup: 1 })).toHaveLength(family.length + 1);
    expect(axisCounts(family, 'groups')).toEqual([1, 2, 3, 4, 6, 8, 12, 16]);
  });
});
