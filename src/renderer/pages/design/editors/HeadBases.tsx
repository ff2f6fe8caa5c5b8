/** HARPE: key/value heads as rows, each with its base on a log axis and its waveform, and what they see together. */
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import { useMemo, useState } from 'react';
import { type Axis, decades, pathOf, place, significant, valueAt } from '../../../../shared/axis.ts';
import { formatInteger, formatSI } from '../../../../shared/format.ts';
import { positionMethod } from '../../../../shared/methods/position/index.ts';
import { Failure } from '../../../components/Failure.tsx';
import { bandOf, baseRange, bestOf, meanOf, normalisedWaveform } from '../../../logic/waveformBands.ts';
import { edit } from '../../../state/design.ts';
import { useDocument } from '../useDocument.ts';
import { Facts } from './Facts.tsx';
import { Handle } from './Handle.tsx';
import { Keep } from './Keep.tsx';
import { useBases, withBases } from './useBases.ts';

const width = 340;
const columns = 130;
type Reach = 'context' | 'far';
const farReach = 4096;

/** Waveforms by base, head size and reach: a drag computes one anew. */
const waveforms = new Map<string, Float64Array>();
function waveformOf(base: number, headSize: number, last: number): Float64Array {
  const key = `${base} ${headSize} ${last}`;
  const known = waveforms.get(key);
  if (known !== undefined) return known;
  if (waveforms.size > 400) waveforms.clear();
  const found = normalisedWaveform(base, headSize, last);
  waveforms.set(key, found);
  return found;
}

export function HeadBases({ block }: { block: number }) {
  const document = useDocument();
  const { attention } = document.blocks[block]!;
  const { position } = attention;
  const method = positionMethod(position.kind);
  if (position.kind !== 'harpe') return null;
  const problems = method.check(position, { ...attention, layer: 0 });
  return (
    <section className="layout-editor" data-kind="harpe" aria-label="Bases of the heads">
      <Typography variant="h3">Bases of the heads</Typography>
      {problems.length > 0 ? (
        <p className="editor-empty small">The fields above give no bases yet: {problems[0]!.message}.</p>
      ) : (
        <Bases block={block} />
      )}
    </section>
  );
}

function Bases({ block }: { block: number }) {
  const document = useDocument();
  const found = useBases(document, block);
  const [reach, setReach] = useState<Reach>('far');
  if (found.value === undefined) {
    if (found.status === 'error') return <Failure error={found.error} what="No bases were found" />;
    return (
      <>
        <p className="muted small panel-note" role="status">
          Searching the bases…
        </p>
        <Skeleton variant="rounded" height={180} />
      </>
    );
  }
  const last = reach === 'context' ? document.context : Math.max(farReach, document.context);
  return (
    <>
      <Keep
        label="Distances up to"
        value={reach}
        choices={[
          {
            value: 'context',
            label: `${formatInteger(document.context)} (context)`,
            help: "The document's context T.",
          },
          {
            value: 'far',
            label: formatInteger(Math.max(farReach, document.context)),
            help: 'Beyond the context, where the bases of long contexts begin to differ.',
          },
        ]}
        onChange={setReach}
      />
      <Rows block={block} bases={found.value} last={last} />
      <Combined bases={found.value} headSize={document.blocks[block]!.attention.headSize} last={last} />
    </>
  );
}

interface RowsProps {
  readonly block: number;
  readonly bases: readonly number[];
  readonly last: number;
}

function Rows({ block, bases, last }: RowsProps) {
  const document = useDocument();
  const { headSize, heads, kvHeads } = document.blocks[block]!.attention;
  const [frozen, setFrozen] = useState<{ from: number; to: number } | null>(null);
  const range = frozen ?? baseRange(bases);
  const axis: Axis = { ...range, start: 30, end: 176, log: true };
  const row = Math.max(16, Math.min(34, 420 / bases.length));
  const top = 6;
  const bottom = top + row * bases.length;
  const set = (head: number, wish: number) => {
    const base = Math.max(1, significant(wish, 3));
    if (base === bases[head]) return;
    const changed = bases.map((other, index) => (index === head ? base : other));
    edit('base of a head', (now) => withBases(now, block, changed));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of shapes inside svg has no element of its own
    <svg
      className="plane"
      viewBox={`0 0 ${width} ${bottom + 36}`}
      role="group"
      aria-label="Key/value heads with their bases on a log axis, and their waveforms"
    >
      <g className="plane-grid">
        {decades(axis).map((base) => (
          <line key={base} x1={place(axis, base)} x2={place(axis, base)} y1={top} y2={bottom} />
        ))}
      </g>
      {bases.map((base, head) => {
        const y = top + row * (head + 0.5);
        return (
          // Heads have no identity but their place.
          <g key={`head ${head}`}>
            <text className="editor-note number" x={22} y={y + 4} textAnchor="end">
              {head + 1}
            </text>
            <line className="editor-axis" x1={axis.start} x2={axis.end} y1={y} y2={y} />
            <Waveform base={base} headSize={headSize} last={last} y={top + row * head + 2} height={row - 4} />
            <Handle
              label={`Base of head ${head + 1}`}
              value={base}
              least={range.from}
              most={range.to}
              text={`${formatSI(base)}`}
              gesture="base of a head"
              cursor="ew-resize"
              testId={`base-handle-${head}`}
              onDragging={(dragging) => setFrozen(dragging ? range : null)}
              onDrag={({ x }) => set(head, valueAt(axis, x))}
              onStep={(direction, large) => set(head, base * (large ? 1.25 : 1.02) ** direction)}
            >
              <rect className="cut-grip" x={place(axis, base) - 9} y={y - row / 2} width={18} height={row} />
              <circle className="plane-handle" cx={place(axis, base)} cy={y} r={Math.min(7, row / 2 - 1)} />
              <title>{`base ${formatSI(base)}`}</title>
            </Handle>
          </g>
        );
      })}
      <g className="plane-axis number">
        {decades(axis).map((base) => (
          <text key={base} x={place(axis, base)} y={bottom + 14} textAnchor="middle">
            {formatSI(base, '', 1).replace(' ', '')}
          </text>
        ))}
        <text x={204} y={bottom + 14} textAnchor="middle">
          0
        </text>
        <text x={width - 6} y={bottom + 14} textAnchor="end">
          {formatInteger(last)}
        </text>
      </g>
      <g className="plane-title">
        <text x={(axis.start + axis.end) / 2} y={bottom + 31} textAnchor="middle">
          base b{kvHeads < heads ? ' of each key/value head' : ''}
        </text>
        <text x={268} y={bottom + 31} textAnchor="middle">
          W(m; b), distance m
        </text>
      </g>
    </svg>
  );
}

interface WaveformProps {
  readonly base: number;
  readonly headSize: number;
  readonly last: number;
  readonly y: number;
  readonly height: number;
}

/** The band between the least and the largest value of each column, and its mean, from -0.5 to 1. */
function Waveform({ base, headSize, last, y, height }: WaveformProps) {
  const shape = useMemo(
    () => bandShape(waveformOf(base, headSize, last), { x: 204, width: width - 210, y, height }),
    [base, headSize, last, y, height],
  );
  return (
    <g>
      <path className="curve-band" d={shape.band} />
      <path className="curve-method curve-thin" d={shape.mean} />
    </g>
  );
}

interface Box {
  readonly x: number;
  readonly width: number;
  readonly y: number;
  readonly height: number;
}

function bandShape(values: Float64Array, box: Box): { band: string; mean: string } {
  const { least, most, mean } = bandOf(values, columns);
  const axis: Axis = { from: -0.5, to: 1, start: box.y + box.height, end: box.y, log: false };
  const x = (column: number) => box.x + (box.width * (column + 0.5)) / mean.length;
  const points = (of: Float64Array) =>
    [...of].map((value, column) => [x(column), place(axis, value)] as const);
  return {
    band: `${pathOf([...points(most), ...points(least).reverse()])}Z`,
    mean: pathOf(points(mean)),
  };
}

interface CombinedProps {
  readonly bases: readonly number[];
  readonly headSize: number;
  readonly last: number;
}

function Combined({ bases, headSize, last }: CombinedProps) {
  const key = bases.join(' ');
  const { mean, best, blind, alone } = useMemo(() => {
    const series = bases.map((base) => waveformOf(base, headSize, last));
    const average = meanOf(series);
    const top = bestOf(series);
    const box = { x: 34, width: width - 48, y: 12, height: 100 };
    const below = (values: Float64Array) =>
      values.reduce((count, value) => count + (value < 0 ? 1 : 0), 0) / values.length;
    return {
      mean: bandShape(average, box),
      best: bandShape(top, box),
      blind: below(top),
      alone: Math.min(...series.map(below)),
    };
  }, [key, headSize, last]);
  const zero = 12 + 100 * (1 / 1.5);
  return (
    <>
      <Typography variant="h3">All heads together</Typography>
      <svg
        className="plane"
        viewBox={`0 0 ${width} 152`}
        role="img"
        aria-label={`Waveforms of all heads over distances 0 to ${last}: their mean, and the best head at each distance`}
      >
        <line className="editor-axis" x1={34} x2={width - 14} y1={zero} y2={zero} />
        <path className="curve-band" d={best.band} />
        <path className="curve-method" d={best.mean} />
        <path className="curve-reference" d={mean.mean} />
        <g className="plane-axis number">
          <text x={30} y={20} textAnchor="end">
            1
          </text>
          <text x={30} y={zero + 4} textAnchor="end">
            0
          </text>
          <text x={34} y={128} textAnchor="middle">
            0
          </text>
          <text x={width - 14} y={128} textAnchor="end">
            {formatInteger(last)}
          </text>
        </g>
        <g className="plane-title">
          <text x={width / 2 + 10} y={145} textAnchor="middle">
            distance m, tokens
          </text>
          <text transform="translate(10 66) rotate(-90)" textAnchor="middle">
            W / √h
          </text>
        </g>
      </svg>
      <p className="muted small panel-note">
        Line: the head that sees a distance best. Dashes: mean of all heads.
      </p>
      <Facts
        facts={[
          {
            name: 'Blind to all heads',
            value: `${(100 * blind).toFixed(1)} % of distances`,
            title: 'Distances at which W is below 0 for every head.',
          },
          {
            name: 'Blind to the best single head',
            value: `${(100 * alone).toFixed(1)} % of distances`,
            title: 'The same for the head that is blind to the fewest.',
          },
        ]}
      />
    </>
  );
}
