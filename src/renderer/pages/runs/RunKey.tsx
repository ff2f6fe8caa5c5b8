/** Which line is which run or group. Pointing at an entry makes its lines stand out; a run is opened by a click. */
import type { Look } from '../../logic/chartLines.ts';
import type { RunGroup } from '../../logic/runGroups.ts';
import { setChartSettings, setStandsOut, useCharts } from '../../state/charts.ts';
import { openRun } from '../../state/view.ts';

const dashes = { solid: undefined, dash: '7 4', dot: '2 3', dashdot: '7 3 2 3' } as const;

export function RunKey({ groups, looks }: { groups: readonly RunGroup[]; looks: readonly Look[] }) {
  const standsOut = useCharts((charts) => charts.standsOut);
  return (
    <ul className="run-key" aria-label="Lines">
      {groups.map((group, index) => {
        const { colour, dash } = looks[index]!;
        const several = group.runs.length > 1;
        return (
          <li key={group.key}>
            <button
              type="button"
              data-out={standsOut === group.key}
              title={several ? 'Show the single lines behind the mean' : 'Open this run'}
              onPointerEnter={() => setStandsOut(group.key)}
              onPointerLeave={() => setStandsOut(null)}
              onFocus={() => setStandsOut(group.key)}
              onBlur={() => setStandsOut(null)}
              onClick={() => (several ? setChartSettings({ singles: true }) : openRun(group.runs[0]!))}
            >
              <svg width="26" height="10" aria-hidden="true">
                <path d="M1 5H25" stroke={colour} strokeWidth="2.5" strokeDasharray={dashes[dash]} />
              </svg>
              {group.label}
              {several && <span className="muted">mean of {group.runs.length}</span>}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
