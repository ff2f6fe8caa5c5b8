/** DSMoE: the threshold over the gates of a real run, what the sparsity term charges, and what reaches closed gates. */
import Typography from '@mui/material/Typography';
import { type Axis, pathOf, place, valueAt } from '../../../../shared/axis.ts';
import { formatInteger, formatNumber, formatShare, formatSI } from '../../../../shared/format.ts';
import { type DsmoeFfn, expectedActive } from '../../../../shared/methods/ffn/dsmoe.ts';
import { ffnMethod } from '../../../../shared/methods/ffn/index.ts';
import { layerShape } from '../../../../shared/methods/languageModel.ts';
import { initialDensity, type ProbedGates, probedGates, shareAbove } from '../../../logic/gates.ts';
import { edit } from '../../../state/design.ts';
import { useDocument } from '../useDocument.ts';
import { AxisTitles } from './AxisTitles.tsx';
import { CutHandle } from './CutHandle.tsx';
import { Facts } from './Facts.tsx';
import { GateCurves } from './GateCurves.tsx';
import { MissingRun } from './MissingRun.tsx';
import { useProbedRun } from './useMethodRun.ts';
import { withFfn } from './withFfn.ts';

const frame = { width: 340, left: 34, right: 14, top: 12, bottom: 132 };
const gates: Axis = { from: 0, to: 1, start: frame.left, end: frame.width - frame.right, log: false };
const steps = 120;

export function GateEditor({ block }: { block: number }) {
  const document = useDocument();
  const ffn = document.blocks[block]!.ffn as DsmoeFfn;
  const found = useProbedRun('dsmoe');
  const probed = found.status === 'ready' ? probedGates(found.value.layers) : null;
  const shape = layerShape(document);
  const expected = expectedActive(ffn, document.width);
  const measuredShare = probed === null ? null : shareAbove(probed.counts, ffn.tau);
  const flops = (active: number) =>
    ffnMethod('dsmoe').counts(ffn, shape, { activeExperts: active }).activeForwardFlops;
  return (
    <section className="layout-editor" data-kind="dsmoe" aria-label="Threshold and sparsity">
      <Typography variant="h3">Threshold</Typography>
      <Threshold block={block} ffn={ffn} width={document.width} probed={probed} />
      {found.status === 'ready' ? (
        <p className="muted small panel-note">
          Bars: gates of {found.value.run.name}, step {formatInteger(found.value.step)}, all DSMoE layers.
          Line: at initialisation.
        </p>
      ) : (
        <MissingRun
          found={found}
          text="Line: gates at initialisation. No DSMoE run has logged a probe yet; the first one puts its gates here."
        />
      )}
      <Facts
        facts={[
          {
            name: 'Active, at initialisation',
            value: `${formatShare(expected / ffn.nExperts)} · ${formatNumber(expected)} of ${ffn.nExperts}`,
            title: 'Expected: logits are N(0, std² d) where the stream is normalised.',
          },
          {
            name: 'FLOPs per token, then',
            value: formatSI(flops(expected), 'FLOP'),
          },
          {
            name: 'Active at this threshold, run',
            value:
              measuredShare === null
                ? '–'
                : `${formatShare(measuredShare)} · ${formatNumber(measuredShare * ffn.nExperts)} of ${ffn.nExperts}`,
            title:
              measuredShare === null
                ? 'No run has logged gates yet.'
                : 'Share of the gates of the newest probe above the threshold. The run itself was trained at its own threshold.',
          },
          {
            name: 'FLOPs per token, run',
            value: measuredShare === null ? '–' : formatSI(flops(measuredShare * ffn.nExperts), 'FLOP'),
          },
        ]}
      />
      <GateCurves block={block} ffn={ffn} probed={probed} />
    </section>
  );
}

interface ThresholdProps {
  readonly block: number;
  readonly ffn: DsmoeFfn;
  readonly width: number;
  readonly probed: ProbedGates | null;
}

function Threshold({ block, ffn, width, probed }: ThresholdProps) {
  const set = (tau: number) => {
    const next = Math.min(0.99, Math.max(0, Math.round(tau * 100) / 100));
    edit('threshold', (now) => withFfn(now, block, { ...ffn, tau: next }));
  };
  const bins = probed?.counts ?? [];
  const total = bins.reduce((sum, count) => sum + count, 0);
  const bars = bins.map((count) => count / Math.max(1, total));
  // Densities as shares of bins of the histogram's width, so that bars and line are in one unit.
  const binWidth = 1 / (bins.length === 0 ? 20 : bins.length);
  const line = Array.from({ length: steps + 1 }, (_, step) => {
    const gate = step / steps;
    return [gate, initialDensity(gate, ffn.gateInitStd, width) * binWidth] as const;
  });
  const tallest = Math.max(0.05, ...bars, ...line.map(([, value]) => value));
  const shares: Axis = { from: 0, to: 1.08 * tallest, start: frame.bottom, end: frame.top, log: false };
  const cut = place(gates, ffn.tau);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of shapes inside svg has no element of its own
    <svg
      className="plane"
      viewBox={`0 0 ${frame.width} 172`}
      role="group"
      aria-label="Gate values, and the threshold over them"
    >
      <rect
        className="shade"
        x={frame.left}
        y={frame.top}
        width={cut - frame.left}
        height={frame.bottom - frame.top}
      />
      {bars.map((share, bin) => (
        <rect
          // Bins have no identity but their place.
          key={`bin ${bin}`}
          className={(bin + 1) * binWidth > ffn.tau + 1e-9 ? 'plane-cell' : 'plane-cell bar-idle'}
          x={place(gates, bin * binWidth) + 0.5}
          width={Math.max(1, place(gates, binWidth) - frame.left - 1)}
          y={place(shares, share)}
          height={frame.bottom - place(shares, share)}
        />
      ))}
      <path
        className="curve-reference"
        d={pathOf(line.map(([gate, value]) => [place(gates, gate), place(shares, value)]))}
      />
      <line
        className="editor-axis"
        x1={frame.left}
        x2={frame.width - frame.right}
        y1={frame.bottom}
        y2={frame.bottom}
      />
      <g className="plane-axis number">
        {[0, 0.25, 0.5, 0.75, 1].map((gate) => (
          <text key={gate} x={place(gates, gate)} y={frame.bottom + 15} textAnchor="middle">
            {gate}
          </text>
        ))}
        <text x={frame.left - 4} y={frame.top + 8} textAnchor="end">
          {formatShare(tallest)}
        </text>
        <text x={frame.left - 4} y={frame.bottom} textAnchor="end">
          0
        </text>
      </g>
      <AxisTitles
        frame={frame}
        right={frame.width - frame.right}
        across="gate g before the threshold"
        up="share of gates"
      />
      <CutHandle
        x={cut}
        top={frame.top}
        bottom={frame.bottom}
        flipAt={place(gates, 0.75)}
        note={`tau ${ffn.tau}`}
        label="Threshold tau"
        value={ffn.tau}
        least={0}
        most={0.99}
        text={`tau = ${ffn.tau}`}
        gesture="threshold"
        testId="threshold-handle"
        onDrag={({ x }) => set(valueAt(gates, x))}
        onStep={(direction, large) => set(ffn.tau + direction * (large ? 0.1 : 0.01))}
        onEnd={(end) => set(end === 'least' ? 0 : 0.99)}
      />
    </svg>
  );
}
