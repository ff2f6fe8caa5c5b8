/**
 * CartesianMoE: set A down, set B across, each cell a pair. A token's choices along both axes mark its pairs, shared
 * sub-experts stand in the margins, and a run's probe shows how often each pair ran.
 */
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { type Axis, place, valueAt } from '../../../../shared/axis.ts';
import { mapColour } from '../../../../shared/figures/colours.ts';
import { formatInteger, formatShare, formatSI } from '../../../../shared/format.ts';
import type { CartesianMoeFfn } from '../../../../shared/methods/ffn/cartesianmoe.ts';
import { ffnMethod } from '../../../../shared/methods/ffn/index.ts';
import { layerShape } from '../../../../shared/methods/languageModel.ts';
import {
  chosenChoices,
  countChoices,
  type ExpertSizes,
  nextChoice,
  sizesOf,
  withChosen,
  withCount,
  withSizes,
} from '../../../logic/expertSizes.ts';
import { pairShares } from '../../../logic/pairShares.ts';
import { edit } from '../../../state/design.ts';
import { useDocument } from '../useDocument.ts';
import { ColourBar } from './ColourBar.tsx';
import { Facts } from './Facts.tsx';
import { Handle } from './Handle.tsx';
import { Keep } from './Keep.tsx';
import { keptChoices, useKept } from './kept.ts';
import { MissingRun } from './MissingRun.tsx';
import { useProbedRun } from './useMethodRun.ts';
import { withFfn } from './withFfn.ts';

const frame = { width: 340, left: 62, top: 46, size: 240 };

export function ProductGrid({ block }: { block: number }) {
  const document = useDocument();
  const ffn = document.blocks[block]!.ffn as CartesianMoeFfn;
  const sizes = sizesOf(ffn)!;
  const { kept, setKept } = useKept(sizes);
  const [frozen, setFrozen] = useState<number | null>(null);
  const found = useProbedRun('cartesianmoe', (architecture) =>
    architecture.blocks.some(
      ({ ffn: other }) => other.kind === 'cartesianmoe' && other.nSubExperts === ffn.nSubExperts,
    ),
  );
  const shares = found.status === 'ready' ? pairShares(found.value.layers, ffn.nSubExperts) : null;
  const most = shares === null ? 0 : Math.max(...shares.flat());
  const e = sizes.count;
  const K = sizes.chosen ?? e;
  const change = (label: string, next: ExpertSizes) =>
    edit(label, (now) => withFfn(now, block, withSizes(now.blocks[block]!.ffn, next)));
  // On a log axis every size is in reach of one drag, as in the other layouts.
  const scale = frozen ?? e;
  const corner: Axis = {
    from: 1,
    to: Math.max(2, scale),
    start: 0.25 * frame.size,
    end: frame.size,
    log: true,
  };
  const side = Math.min(frame.size + 26, Math.max(24, place(corner, e)));
  const cell = side / e;
  const gap = Math.min(2, cell / 6);
  const counts = countChoices(sizes, kept);
  const choices = chosenChoices(sizes, kept);
  const setChosen = (wish: number) =>
    change('sub-experts per token', withChosen(sizes, Math.max(1, wish), kept));
  const shared = ffn.sharedExpert === 'perSublayer';
  const perToken = ffnMethod('cartesianmoe').counts(ffn, layerShape(document));
  return (
    <section className="layout-editor" data-kind="cartesianmoe" aria-label="Product of two expert sets">
      <Typography variant="h3">A × B</Typography>
      <Keep label="Keep" value={kept} choices={keptChoices} onChange={setKept} />
      {/* biome-ignore lint/a11y/useSemanticElements: a group of shapes inside svg has no element of its own */}
      <svg
        className="plane"
        viewBox={`0 0 ${frame.width} 326`}
        role="group"
        aria-label={`Grid of ${e} sub-experts A by ${e} sub-experts B`}
      >
        {shared && (
          <g>
            <rect
              className="plane-cell bar-shared"
              x={frame.left - 14}
              y={frame.top}
              width={9}
              height={side}
              rx={2}
            />
            <rect
              className="plane-cell bar-shared"
              x={frame.left}
              y={frame.top - 14}
              width={side}
              height={9}
              rx={2}
            />
            <text className="editor-note" x={frame.left - 17} y={frame.top - 6} textAnchor="end">
              shared
            </text>
          </g>
        )}
        {Array.from({ length: e }, (_, row) =>
          Array.from({ length: e }, (_, column) => {
            const share = shares?.[row]?.[column];
            const active = row < K && column < K;
            return (
              <rect
                // Cells have no identity but their place.
                key={`pair ${row} ${column}`}
                className={
                  share === undefined ? (active ? 'plane-cell' : 'plane-cell bar-idle') : 'heat-cell'
                }
                x={frame.left + column * cell + gap / 2}
                y={frame.top + row * cell + gap / 2}
                width={cell - gap}
                height={cell - gap}
                rx={Math.min(3, cell / 6)}
                style={
                  share === undefined
                    ? undefined
                    : { fill: mapColour('cividis', most === 0 ? 0 : share / most) }
                }
              >
                {share !== undefined && (
                  <title>{`A ${row + 1}, B ${column + 1}: both ran for ${formatShare(share)} of the tokens`}</title>
                )}
              </rect>
            );
          }),
        )}
        <rect
          className="active-frame"
          x={frame.left}
          y={frame.top}
          width={K * cell}
          height={K * cell}
          rx={3}
        />
        <g className="plane-title">
          <text x={frame.left + side / 2} y={14} textAnchor="middle">
            set B: {e} sub-experts
          </text>
          <text transform={`translate(12 ${frame.top + side / 2}) rotate(-90)`} textAnchor="middle">
            set A: {e} sub-experts
          </text>
        </g>
        <Handle
          label="Sub-experts per token"
          value={K}
          least={1}
          most={e}
          text={`${K} of ${e} of each set, ${K * K} pairs`}
          gesture="sub-experts per token"
          cursor="nwse-resize"
          testId="chosen-handle"
          onDrag={({ x, y }) => setChosen(Math.round(Math.max(x - frame.left, y - frame.top) / cell))}
          onStep={(direction) => setChosen(nextChoice(choices, K, direction))}
        >
          <circle
            className="plane-handle handle-small"
            cx={frame.left + K * cell}
            cy={frame.top + K * cell}
            r={6}
          />
        </Handle>
        <Handle
          label="Sub-experts of a set"
          value={e}
          least={counts[0] ?? 1}
          most={counts.at(-1) ?? e}
          text={`${e} by ${e} sub-experts, each ${formatInteger(sizes.width)} units wide`}
          gesture="number of sub-experts"
          cursor="nwse-resize"
          testId="count-handle"
          onDragging={(dragging) => setFrozen(dragging ? e : null)}
          onDrag={({ x, y }) => {
            const reach = Math.max(x - frame.left, y - frame.top);
            const beyond = reach > frame.size ? 2 ** ((reach - frame.size) / 24) : 1;
            change('number of sub-experts', withCount(sizes, valueAt(corner, reach) * beyond, kept));
          }}
          onStep={(direction) =>
            change('number of sub-experts', withCount(sizes, nextChoice(counts, e, direction), kept))
          }
        >
          <circle className="plane-handle" cx={frame.left + side} cy={frame.top + side} r={8} />
        </Handle>
      </svg>
      <p className="muted small panel-note">
        {shares === null ? 'Full cells' : 'The frame'}: the {K} × {K} pairs that one token runs, drawn in the
        corner.
      </p>
      {found.status === 'ready' && shares !== null ? (
        <>
          <ColourBar
            map="cividis"
            from="0 %"
            to={`${formatShare(most)} of tokens`}
            title={`Pairs of ${found.value.run.name}, step ${formatInteger(found.value.step)}:`}
          />
          <p className="muted small panel-note">
            Mean over its layers; even routing would give each pair{' '}
            <span className="number nowrap">{formatShare((K / e) ** 2)}</span>.
          </p>
        </>
      ) : (
        <MissingRun
          found={found.status === 'ready' ? { status: 'none' } : found}
          text={`No run with ${e} × ${e} sub-experts has logged a probe yet; the first one colours the pairs by their load.`}
        />
      )}
      <p className="number small layout-equation" aria-live="polite">
        {e} × {e} = {formatInteger(e * e)} pairs from {2 * e} × {formatInteger(sizes.width)}
        {shared && ` + 2 × ${formatInteger(sizes.width)} shared`}
      </p>
      <Facts
        facts={[
          { name: 'Parameters of the layer', value: formatSI(perToken.parameters) },
          { name: 'Active parameters', value: formatSI(perToken.activeParameters) },
          { name: 'Active FLOPs per token', value: formatSI(perToken.activeForwardFlops, 'FLOP') },
        ]}
      />
    </section>
  );
}
