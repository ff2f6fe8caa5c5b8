/** How alike the attention maps of a run's layers are, asked for on demand, drawn beside the stack in its rows. */
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import { useState } from 'react';
import { expandLayers } from '../../../../shared/architecture/document.ts';
import { mapColour } from '../../../../shared/figures/colours.ts';
import { formatInteger, formatNumber } from '../../../../shared/format.ts';
import type { RunDetail } from '../../../../shared/rpc/contract.ts';
import type { SimilarityAnalysis } from '../../../../shared/run/analysis.ts';
import { Failure } from '../../../components/Failure.tsx';
import type { SimilarityMatrix } from '../../../logic/superblockStack.ts';
import { asking, failed, type Loadable, ready } from '../../../state/loadable.ts';
import { host } from '../../../state/workspace.ts';
import { ColourBar } from './ColourBar.tsx';
import { MissingRun } from './MissingRun.tsx';
import { type Found, useNewestRun } from './useMethodRun.ts';

/** Answers by run, kept while the page is open: the newest checkpoint of a finished run does not change. */
const answers = new Map<string, Loadable<SimilarityAnalysis>>();

export interface SimilarityState {
  readonly run: Found<RunDetail>;
  readonly answer: Loadable<SimilarityAnalysis> | undefined;
  readonly values: SimilarityMatrix | null;
  readonly ask: () => void;
}

/**
 * Of the newest run with a checkpoint and as many layers, each computing its own attention where there is one: layers
 * that share a map are alike by construction.
 */
export function useSimilarity(layers: number): SimilarityState {
  const [, redraw] = useState(0);
  const plain = useNewestRun(
    (run) => run.step > 0 && !run.methods.some((kind) => kind === 'uniattn'),
    (architecture) => expandLayers(architecture).length === layers,
  );
  const run = plain.status === 'ready' && plain.value.checkpoints.length > 0 ? plain.value.run : null;
  const key = run === null ? '' : run;
  const answer = answers.get(key);
  const put = (value: Loadable<SimilarityAnalysis>) => {
    answers.set(key, value);
    redraw((count) => count + 1);
  };
  const ask = () => {
    if (run === null) return;
    put(asking(answer));
    host()
      .call('analysis.similarity', { run, windows: 4 })
      .then(
        (value) => put(ready(value)),
        (error: unknown) => put(failed(error, answer)),
      );
  };
  const found: Found<RunDetail> = plain.status === 'ready' && run === null ? { status: 'none' } : plain;
  return { run: found, answer, values: answer?.value?.values ?? null, ask };
}

export function SimilarityControls({ state: { run, answer, ask } }: { state: SimilarityState }) {
  if (run.status !== 'ready') {
    return (
      <MissingRun
        found={run}
        text="No run with as many layers of their own attention has a checkpoint yet; one would show here how alike its layers are."
      />
    );
  }
  if (answer?.value !== undefined) {
    const [least, most] = rangeOf(answer.value.values);
    return (
      <>
        <ColourBar
          map="viridis"
          from={formatNumber(least, 4)}
          to={formatNumber(most, 4)}
          title={`Cosine of the maps of two layers, ${run.value.name}:`}
        />
        <p className="muted small panel-note" title={answer.value.definition}>
          Step {formatInteger(answer.value.step)}, {formatInteger(answer.value.tokens)} tokens of{' '}
          {answer.value.source}.
        </p>
      </>
    );
  }
  if (answer?.status === 'loading')
    return <Skeleton variant="rounded" height={28} aria-label="Comparing the layers" />;
  if (answer?.status === 'error')
    return <Failure error={answer.error} what="The layers could not be compared" retry={ask} />;
  return (
    <p className="small panel-note">
      <Button variant="outlined" onClick={ask}>
        Compare the layers of {run.value.name}
      </Button>
    </p>
  );
}

/** Of different layers: each is 1 to itself, which would wash the others out. */
function rangeOf(values: SimilarityMatrix): [number, number] {
  const shown = values.flatMap((line, row) =>
    line.filter((value, column): value is number => value !== null && row !== column),
  );
  return shown.length === 0 ? [0, 1] : [Math.min(...shown), Math.max(...shown)];
}

interface CellsProps {
  readonly values: SimilarityMatrix;
  readonly x: number;
  readonly y: number;
  readonly cell: number;
}

export function SimilarityCells({ values, x, y, cell }: CellsProps) {
  const [least, most] = rangeOf(values);
  return (
    <g>
      <title>{`Similarity of ${values.length} layers, from ${formatNumber(least)} to ${formatNumber(most)}`}</title>
      {values.map((line, row) =>
        line.map((value, column) => (
          <rect
            // Cells have no identity but their place.
            key={`cell ${row} ${column}`}
            x={x + column * cell}
            y={y + row * cell}
            width={Math.max(0.5, cell - 1)}
            height={Math.max(0.5, cell - 1)}
            className={value === null ? 'heat-unknown' : 'heat-cell'}
            style={
              value === null
                ? undefined
                : { fill: mapColour('viridis', (value - least) / Math.max(1e-9, most - least)) }
            }
          >
            <title>{`layers ${row} and ${column}: ${value === null ? 'different heads' : formatNumber(value)}`}</title>
          </rect>
        )),
      )}
      <text className="editor-note" x={x} y={y + values.length * cell + 14}>
        layer by layer, from 0
      </text>
    </g>
  );
}
