/** Which measured set the views over all runs look at: each run's own validation text, or a data set by name. */
import { ownSet } from '../../../shared/run/measurement.ts';
import { setLaws, useLaws } from '../../state/laws.ts';
import { useWorkspace } from '../../state/workspace.ts';
import { Choice } from '../inspect/SubjectBar.tsx';

export function useMeasuredSet(): string {
  return useLaws((laws) => laws.set) ?? ownSet;
}

export function SetChoice() {
  const set = useMeasuredSet();
  const data = useWorkspace((workspace) => workspace.data.value) ?? [];
  const names = [...new Set([ownSet, ...data.map(({ name }) => name), set])];
  return (
    <Choice
      label="Measured on"
      value={set}
      options={names.map((value) => ({
        value,
        label: value === ownSet ? 'validation (in distribution)' : `${value} (further set)`,
      }))}
      onChange={(value) => setLaws({ set: value === ownSet ? null : value })}
    />
  );
}
