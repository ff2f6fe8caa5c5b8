/** The runs behind a figure, with their state; a deleted one says so. */
import Typography from '@mui/material/Typography';
import { type FigureDocument, figureSources } from '../../../shared/figures/document.ts';
import { formatInteger } from '../../../shared/format.ts';
import { StateMark } from '../../components/StateMark.tsx';
import { panelLetter } from '../../logic/figures.ts';
import { openRun } from '../../state/view.ts';
import { useWorkspace } from '../../state/workspace.ts';

export function SourceList({ document }: { document: FigureDocument }) {
  const runs = useWorkspace((workspace) => workspace.runs.value);
  return (
    <section aria-label="Sources">
      <Typography variant="h2">Sources</Typography>
      <ul className="source-list">
        {figureSources(document).map((source) => {
          const run = runs?.find((other) => other.run === source);
          const places = document.panels.flatMap((panel, index) =>
            panel.runs.includes(source) ? [panelLetter(index)] : [],
          );
          return (
            <li key={source}>
              {run === undefined ? (
                <span>
                  {source} {runs === undefined ? '' : <span className="tag tag-amber">deleted</span>}
                </span>
              ) : (
                <>
                  <button type="button" className="text-button" onClick={() => openRun(source)}>
                    {run.name}
                  </button>
                  <span className="small">
                    <StateMark state={run.state} />{' '}
                    <span className="number">step {formatInteger(run.step)}</span>
                  </span>
                </>
              )}
              <span className="muted small">in {places.join(', ')}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
