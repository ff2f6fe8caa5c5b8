/** DSMoE: the sparsity term over the gate, its weight dragged, and the weight of an expert with the slope training sees. */
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { type Axis, pathOf, place, valueAt } from '../../../../shared/axis.ts';
import { formatNumber, formatShare } from '../../../../shared/format.ts';
import type { DsmoeFfn } from '../../../../shared/methods/ffn/dsmoe.ts';
import {
  type ProbedGates,
  penalty,
  penaltySlope,
  shareAbove,
  trainingSlope,
  trainingWeight,
} from '../../../logic/gates.ts';
import { edit } from '../../../state/design.ts';
import { Handle } from './Handle.tsx';
import { withFfn } from './withFfn.ts';

interface Props {
  readonly block: number;
  readonly ffn: DsmoeFfn;
  readonly probed: ProbedGates | null;
}

const frame = { width: 340, left: 34, right: 30, top: 12, bottom: 110 };
const gates: Axis = { from: 0, to: 1, start: frame.left, end: frame.width - frame.right, log: false };

/** A function that may jump at tau, as two strokes. */
function strokes(tau: number, of: (gate: number) => number, y: Axis): string {
  const at = (gate: number, value: number) => [place(gates, gate), place(y, value)] as const;
  return (
    pathOf([at(0, of(0)), at(tau, of(tau))]) + pathOf([at(tau, of(Math.min(1, tau + 1e-9))), at(1, of(1))])
  );
}

export function GateCurves({ block, ffn, probed }: Props) {
  return (
    <>
      <Typography variant="h3">Sparsity term</Typography>
      <Penalty block={block} ffn={ffn} probed={probed} />
      <p className="muted small panel-note">
        What the loss pays if every gate were g; {slopeText(ffn)}
        {probed !== null &&
          ` The dot is the newest probe: mean gate ${formatNumber(probed.mean)}, term ${formatNumber(
            ffn.lambdaSparse * termOf(ffn, probed),
          )} nats at this weight.`}
      </p>
      <Typography variant="h3">Straight-through estimator</Typography>
      <PassThrough ffn={ffn} />
      <p className="muted small panel-note">{passText(ffn, probed)}</p>
    </>
  );
}

/** Mean of what the term adds up, in the probe: open gates, or all of them. */
function termOf({ penaltyGate }: DsmoeFfn, probed: ProbedGates): number {
  return penaltyGate === 'raw' ? (probed.mean ?? 0) : probed.openMean;
}

function slopeText(ffn: DsmoeFfn): string {
  return penaltySlope(ffn, 0) === 1
    ? 'it pushes every gate down.'
    : 'it pushes down open gates only, those above tau.';
}

function passText(ffn: DsmoeFfn, probed: ProbedGates | null): string {
  if (ffn.gateInThreshold === 'none')
    return 'Training does not close gates: every one is a weight, and all learn.';
  const open = probed === null ? null : shareAbove(probed.counts, ffn.tau);
  const closed = open === null ? 'Closed gates' : `The ${formatShare(1 - open)} of gates that are closed`;
  return ffn.useSte
    ? `${closed} weigh 0, yet the estimator passes the gradient as if they were g: they keep learning.`
    : `${closed} weigh 0 and pass no gradient: they stay closed unless the stream moves them.`;
}

function Penalty({ block, ffn, probed }: Props) {
  const [frozen, setFrozen] = useState<number | null>(null);
  const most = frozen ?? Math.max(1, 1.5 * ffn.lambdaSparse);
  const terms: Axis = { from: 0, to: most, start: frame.bottom, end: frame.top, log: false };
  const set = (lambda: number) => {
    const next = Math.max(0, Math.round(lambda * 100) / 100);
    edit('penalty weight', (now) => withFfn(now, block, { ...ffn, lambdaSparse: next }));
  };
  const top = Math.max(frame.top, place(terms, ffn.lambdaSparse));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of shapes inside svg has no element of its own
    <svg
      className="plane"
      viewBox={`0 0 ${frame.width} 148`}
      role="group"
      aria-label="Sparsity term over the gate"
    >
      <Axes terms={terms} title="term, nats" most={formatNumber(most)} />
      <line
        className="cut-line cut-quiet"
        x1={place(gates, ffn.tau)}
        x2={place(gates, ffn.tau)}
        y1={frame.top}
        y2={frame.bottom}
      />
      <path className="curve-method" d={strokes(ffn.tau, (gate) => penalty(ffn, gate), terms)} />
      {probed !== null && probed.mean !== null && (
        <circle
          className="plane-dot plane-dot-known"
          cx={place(gates, probed.mean)}
          cy={Math.max(frame.top, place(terms, ffn.lambdaSparse * termOf(ffn, probed)))}
          r={5}
        />
      )}
      <Handle
        label="Penalty weight lambda"
        value={ffn.lambdaSparse}
        least={0}
        most={Math.max(10, ffn.lambdaSparse)}
        text={`lambda = ${ffn.lambdaSparse}`}
        gesture="penalty weight"
        cursor="ns-resize"
        testId="penalty-handle"
        onDragging={(dragging) => setFrozen(dragging ? most : null)}
        onDrag={({ y }) => set(valueAt(terms, y))}
        onStep={(direction, large) => set(ffn.lambdaSparse + direction * (large ? 0.5 : 0.05))}
        onEnd={(end) => set(end === 'least' ? 0 : 1)}
      >
        <circle className="plane-handle" cx={place(gates, 1)} cy={top} r={7} />
        <text
          className="editor-note handle-text number"
          x={place(gates, 1) - 12}
          y={top < 30 ? top + 22 : top - 10}
          textAnchor="end"
        >
          lambda {ffn.lambdaSparse}
        </text>
      </Handle>
    </svg>
  );
}

function PassThrough({ ffn }: { ffn: DsmoeFfn }) {
  const weights: Axis = { from: 0, to: 1, start: frame.bottom, end: frame.top, log: false };
  const slope = (gate: number) => trainingSlope(ffn, gate);
  return (
    <svg
      className="plane"
      viewBox={`0 0 ${frame.width} 148`}
      role="img"
      aria-label={`Weight of an expert over its gate: 0 up to tau ${ffn.tau} and then g; slope in training ${slope(0)} below and ${slope(1)} above`}
    >
      <Axes terms={weights} title="weight" most="1" />
      <path className="curve-reference" d={strokes(ffn.tau, slope, weights)} />
      <path className="curve-method" d={strokes(ffn.tau, (gate) => trainingWeight(ffn, gate), weights)} />
      <text
        className="editor-note"
        x={place(gates, 0.02)}
        y={place(weights, slope(0)) + (slope(0) === 1 ? 14 : -5)}
      >
        slope training sees
      </text>
      <text className="editor-note" x={place(gates, 0.97)} y={place(weights, 0.62)} textAnchor="end">
        weight G(g)
      </text>
    </svg>
  );
}

function Axes({ terms, title, most }: { terms: Axis; title: string; most: string }) {
  return (
    <>
      <line className="editor-axis" x1={frame.left} x2={gates.end} y1={frame.bottom} y2={frame.bottom} />
      <line className="editor-axis" x1={frame.left} x2={frame.left} y1={frame.top} y2={frame.bottom} />
      <g className="plane-axis number">
        {[0, 0.5, 1].map((gate) => (
          <text key={gate} x={place(gates, gate)} y={frame.bottom + 15} textAnchor="middle">
            {gate}
          </text>
        ))}
        <text x={frame.left - 4} y={place(terms, terms.to) + 8} textAnchor="end">
          {most}
        </text>
      </g>
      <g className="plane-title">
        <text x={(frame.left + gates.end) / 2} y={frame.bottom + 32} textAnchor="middle">
          gate g
        </text>
        <text
          transform={`translate(10 ${(frame.top + frame.bottom) / 2 + 6}) rotate(-90)`}
          textAnchor="middle"
        >
          {title}
        </text>
      </g>
    </>
  );
}
