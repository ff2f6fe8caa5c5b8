/** Colours and dashes of runs and groups on one chart: the method's hue, told apart by lightness and dash. */
import type { Look } from '../../logic/chartLines.ts';
import { runColour } from '../../logic/methodColours.ts';
import type { RunGroup } from '../../logic/runGroups.ts';

export function looksOf(
  groups: readonly RunGroup[],
  methodOf: (run: string) => string,
  scheme: 'light' | 'dark',
): Look[] {
  const seen = new Map<string, number>();
  return groups.map((group) => {
    const kind = methodOf(group.runs[0] ?? '');
    const index = seen.get(kind) ?? 0;
    seen.set(kind, index + 1);
    return runColour(kind, index, scheme);
  });
}
