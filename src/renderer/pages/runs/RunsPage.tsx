import { useMemo } from 'react';
import { Empty } from '../../components/Empty.tsx';
import { useResize } from '../../components/useResize.ts';
import { setView, useView } from '../../state/view.ts';
import { useWorkspace } from '../../state/workspace.ts';
import { CompareView } from './CompareView.tsx';
import { RunTable } from './RunTable.tsx';
import { RunView } from './RunView.tsx';
import './runs.css';

export default function RunsPage() {
  const width = useView((view) => view.runsWidth);
  const open = useView((view) => view.runsOpen);
  const selected = useView((view) => view.selectedRuns);
  const runs = useWorkspace((workspace) => workspace.runs.value);
  const divider = useResize({
    label: 'Width of the run list',
    width,
    least: 300,
    most: 1400,
    set: (runsWidth) => setView({ runsWidth }),
  });
  const chosen = useMemo(
    () => selected.flatMap((id) => runs?.find((run) => run.run === id) ?? []),
    [selected, runs],
  );
  const first = chosen[0];
  return (
    <div
      className="runs"
      style={{
        gridTemplateColumns: open ? `min(${width}px, 100% - 420px) 5px minmax(0, 1fr)` : 'minmax(0, 1fr)',
      }}
    >
      <h1 className="visually-hidden">Runs</h1>
      {open && (
        <>
          <section className="run-list" aria-label="Run list">
            <RunTable />
          </section>
          <div className="divider" {...divider} />
        </>
      )}
      <section className="run-detail" aria-label="Selected runs">
        {first === undefined ? (
          <Empty
            text={
              (runs?.length ?? 0) > 0
                ? 'Select a run to see its curves; select several to compare them.'
                : 'Curves, sparsity and routing of a run appear here.'
            }
          />
        ) : chosen.length === 1 ? (
          <RunView key={first.run} summary={first} />
        ) : (
          <CompareView runs={chosen} />
        )}
      </section>
    </div>
  );
}
