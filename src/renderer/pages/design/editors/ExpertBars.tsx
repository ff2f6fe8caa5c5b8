/**
 * Routed experts as bars side by side, the chosen ones full, the shared one in the margin. Count, width and experts per
 * token are dragged while the units of all experts, or of the active ones, stay.
 */
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { type Axis, place, valueAt } from '../../../../shared/axis.ts';
import { formatInteger, formatNumber, formatSI } from '../../../../shared/format.ts';
import { ffnMethod } from '../../../../shared/methods/ffn/index.ts';
import { layerShape } from '../../../../shared/methods/languageModel.ts';
import {
  chosenChoices,
  countChoices,
  type ExpertSizes,
  mostExperts,
  nextChoice,
  sizesOf,
  widthChoices,
  withChosen,
  withCount,
  withSizes,
  withWidth,
} from '../../../logic/expertSizes.ts';
import { edit } from '../../../state/design.ts';
import { useDocument } from '../useDocument.ts';
import { Facts } from './Facts.tsx';
import { Handle } from './Handle.tsx';
import { Keep } from './Keep.tsx';
import { keptChoices, useKept } from './kept.ts';
import { withFfn } from './withFfn.ts';

const frame = { width: 340, left: 44, right: 14, top: 14, bottom: 146 };

export function ExpertBars({ block }: { block: number }) {
  const document = useDocument();
  const ffn = document.blocks[block]!.ffn;
  const sizes = sizesOf(ffn)!;
  const { kept, setKept } = useKept(sizes);
  const [frozen, setFrozen] = useState<ExpertSizes | null>(null);
  const shown = frozen ?? sizes;
  const method = ffnMethod(ffn.kind);
  const shared = method.experts(ffn)?.sharedUnits ?? 0;
  const change = (label: string, next: ExpertSizes) =>
    edit(label, (now) => withFfn(now, block, withSizes(now.blocks[block]!.ffn, next)));

  // The scale stays while something is dragged, so that the hand keeps what it holds.
  const widths: Axis = {
    from: 0,
    to: Math.max(1.6 * Math.max(shown.width, shared), 8),
    start: frame.bottom,
    end: frame.top,
    log: false,
  };
  const counts: Axis = {
    from: 0,
    to: Math.min(Math.max(2 * shown.count, 8), Math.max(mostExperts, shown.count)),
    start: frame.left,
    end: frame.width - frame.right,
    log: false,
  };
  const right = place(counts, sizes.count);
  const top = Math.max(frame.top, place(widths, sizes.width));
  const cell = (right - frame.left) / sizes.count;
  const gap = Math.min(3, cell / 5);
  const active = sizes.chosen ?? sizes.count;
  const chosenX = place(counts, active);
  const freeze = (dragging: boolean) => setFrozen(dragging ? sizes : null);
  const chosenSteps = chosenChoices(sizes, kept);
  const perToken = method.counts(ffn, layerShape(document));
  const [first, last] = [countChoices(sizes, kept)[0] ?? 1, countChoices(sizes, kept).at(-1) ?? 1];
  const widthSteps = widthChoices(sizes, kept);
  return (
    <section className="layout-editor" data-kind={ffn.kind} aria-label="Experts">
      <Typography variant="h3">Experts</Typography>
      <Keep label="Keep" value={kept} choices={keptChoices} onChange={setKept} />
      {/* biome-ignore lint/a11y/useSemanticElements: a group of shapes inside svg has no element of its own */}
      <svg
        className="plane"
        viewBox={`0 0 ${frame.width} 188`}
        role="group"
        aria-label="Experts as bars: their number across, their width upwards"
      >
        {shared > 0 && (
          <g>
            <rect
              className="plane-cell bar-shared"
              x={8}
              width={22}
              rx={3}
              y={Math.max(frame.top, place(widths, shared))}
              height={Math.max(1, frame.bottom - Math.max(frame.top, place(widths, shared)))}
            />
            <text className="editor-note" x={19} y={frame.bottom + 15} textAnchor="middle">
              shared
            </text>
          </g>
        )}
        {Array.from({ length: sizes.count }, (_, expert) => (
          <rect
            // Experts have no identity but their place.
            key={`expert ${expert}`}
            className={expert < active ? 'plane-cell' : 'plane-cell bar-idle'}
            x={frame.left + expert * cell + gap / 2}
            width={Math.max(0.5, cell - gap)}
            y={top}
            height={Math.max(1, frame.bottom - top)}
            rx={Math.min(3, cell / 5)}
          />
        ))}
        <line
          className="editor-axis"
          x1={frame.left}
          x2={frame.width - frame.right}
          y1={frame.bottom}
          y2={frame.bottom}
        />
        <text
          className="editor-note"
          x={(frame.left + right) / 2}
          y={top - 4 < 10 ? top + 12 : top - 4}
          textAnchor="middle"
        >
          {formatInteger(sizes.width)} units each
        </text>
        {sizes.chosen !== null && (
          <Handle
            label="Experts per token"
            value={sizes.chosen}
            least={1}
            most={sizes.count}
            text={`${sizes.chosen} of ${sizes.count} experts run for a token`}
            gesture="experts per token"
            cursor="ew-resize"
            testId="chosen-handle"
            onDragging={freeze}
            onDrag={({ x }) =>
              change('experts per token', withChosen(sizes, Math.max(1, valueAt(counts, x)), kept))
            }
            onStep={(direction) =>
              change('experts per token', withChosen(sizes, nextChoice(chosenSteps, active, direction), kept))
            }
          >
            <path className="bracket" d={`M${frame.left + 1} ${frame.bottom + 8}v6H${chosenX - 1}v-6`} />
            <circle className="plane-handle handle-small" cx={chosenX} cy={frame.bottom + 14} r={6} />
            <text
              className="editor-note handle-text"
              x={Math.max(frame.left, Math.min(chosenX, 270))}
              y={frame.bottom + 34}
            >
              {sizes.chosen} per token
            </text>
          </Handle>
        )}
        <Handle
          label="Width of an expert"
          value={sizes.width}
          least={widthSteps[0] ?? 1}
          most={widthSteps.at(-1) ?? 1}
          text={`${formatInteger(sizes.width)} units`}
          gesture="expert width"
          cursor="ns-resize"
          testId="width-handle"
          onDragging={freeze}
          onDrag={({ y }) => change('expert width', withWidth(sizes, valueAt(widths, y), kept))}
          onStep={(direction, large) => {
            const step = nextChoice(widthSteps, sizes.width, direction);
            const wish = large && kept === 'rest' ? sizes.width + 16 * direction : step;
            change('expert width', withWidth(sizes, Math.max(1, wish), kept));
          }}
        >
          <circle className="plane-handle" cx={frame.left + cell / 2} cy={top} r={7} />
        </Handle>
        <Handle
          label="Number of experts"
          value={sizes.count}
          least={first}
          most={last}
          text={`${sizes.count} experts, each ${formatInteger(sizes.width)} units wide`}
          gesture="number of experts"
          cursor="ew-resize"
          testId="count-handle"
          onDragging={freeze}
          onDrag={({ x }) =>
            change('number of experts', withCount(sizes, Math.max(1, valueAt(counts, x)), kept))
          }
          onStep={(direction) =>
            change(
              'number of experts',
              withCount(sizes, nextChoice(countChoices(sizes, kept), sizes.count, direction), kept),
            )
          }
        >
          <circle className="plane-handle" cx={right} cy={(top + frame.bottom) / 2} r={7} />
        </Handle>
      </svg>
      <p className="number small layout-equation" aria-live="polite">
        {sizes.count} × {formatInteger(sizes.width)}
        {shared > 0 && ` + ${formatInteger(shared)} shared`} = {formatInteger(method.units(ffn))} units
        {sizes.chosen !== null && `, ${formatInteger(sizes.chosen * sizes.width + shared)} of them run`}
      </p>
      <Facts
        facts={[
          { name: 'Parameters of the layer', value: formatSI(perToken.parameters) },
          { name: 'Active parameters', value: formatSI(perToken.activeParameters) },
          { name: 'Active FLOPs per token', value: formatSI(perToken.activeForwardFlops, 'FLOP') },
          ...(sizes.chosen === null
            ? [
                {
                  name: 'Active share, expected',
                  value: formatNumber(perToken.activeParameters / perToken.parameters),
                  title: 'At initialisation; trained routers are more certain and run fewer experts.',
                },
              ]
            : []),
        ]}
      />
    </section>
  );
}
