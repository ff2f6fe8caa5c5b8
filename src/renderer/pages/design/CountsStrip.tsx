/** What the model costs, always in view, with the change against the preset or file it began from. */
import Tooltip from '@mui/material/Tooltip';
import { trainingMemoryBytes } from '../../../shared/architecture/counts.ts';
import { formatBytes, formatDelta, formatInteger, formatSI, unknownValue } from '../../../shared/format.ts';
import type { RunSummary } from '../../../shared/rpc/contract.ts';
import { expectedRate } from '../../logic/trainingPlan.ts';
import { useCanvas } from '../../state/canvas.ts';
import { useDesign } from '../../state/design.ts';
import { openOverlay } from '../../state/dialogs.ts';
import { useTraining } from '../../state/training.ts';
import { useWorkspace } from '../../state/workspace.ts';
import { useCounts, useDocument } from './useDocument.ts';
import './strip.css';

const noRuns: readonly RunSummary[] = [];

export function CountsStrip() {
  const held = useCanvas((canvas) => canvas.preview);
  const present = useDocument();
  const document = held ?? present; // what is held over the canvas counts as if it were let go
  const base = useDesign((design) => design.base);
  const counts = useCounts(document);
  const baseCounts = useCounts(base.document);
  const { batch, context, device } = useTraining((training) => training.configuration);
  const runs = useWorkspace((workspace) => workspace.runs.value) ?? noRuns;
  const length = Math.min(context ?? document.context, document.context);
  const memory = counts === null ? null : trainingMemoryBytes(document, batch, length);
  const memoryBefore =
    baseCounts === null
      ? null
      : trainingMemoryBytes(
          base.document,
          batch,
          Math.min(context ?? base.document.context, base.document.context),
        );
  const rate = counts === null ? null : expectedRate(counts.parameters.total, runs, device);
  const rateBefore = baseCounts === null ? null : expectedRate(baseCounts.parameters.total, runs, device);
  const cells: {
    label: string;
    unit: string;
    now: number | null;
    before: number | null;
    why: string;
    unknown?: string;
    moreIsGood?: boolean;
  }[] = [
    {
      label: 'parameters',
      unit: '',
      now: counts?.parameters.total ?? null,
      before: baseCounts?.parameters.total ?? null,
      why: 'All weights, routers and norm gains included; a tied output matrix counts once.',
    },
    {
      label: 'active per token',
      unit: '',
      now: counts?.parameters.active ?? null,
      before: baseCounts?.parameters.active ?? null,
      why: 'Parameters used for one token at inference; an expectation at initialisation where a gate decides.',
    },
    {
      label: 'FLOP per token',
      unit: '',
      now: counts?.flopsPerToken.forward ?? null,
      before: baseCounts?.flopsPerToken.forward ?? null,
      why: 'Forward: matrix and score products at full context, 2 per multiply-add. Training is three times that.',
    },
    {
      label: 'KV cache per token',
      unit: 'B',
      now: counts?.kvCacheBytesPerToken ?? null,
      before: baseCounts?.kvCacheBytesPerToken ?? null,
      why: 'Keys and values of all layers for one token in float32.',
    },
    {
      label: `training memory, batch ${batch}`,
      unit: 'B',
      now: memory,
      before: memoryBefore,
      why: 'An estimate: weights, gradients, two moments, and the activations that the backward pass reads.',
    },
    {
      label: 'tokens/s here',
      unit: '',
      now: rate?.tokensPerSecond ?? null,
      before: rateBefore?.tokensPerSecond ?? null,
      why: `Training speed to expect, judged by the run ${rate?.judgedBy} and its number of parameters: a guess, not a measurement.`,
      moreIsGood: true,
      ...(counts === null
        ? {}
        : {
            unknown: 'No run has been measured on this device yet: train one, and the speed is judged by it.',
          }),
    },
  ];
  return (
    <section className="strip" aria-label="Counts">
      {cells.map((cell) => (
        <Tooltip
          key={cell.label}
          title={
            cell.now === null ? (
              (cell.unknown ?? 'The document has problems; counts come back when they are mended.')
            ) : (
              <>
                <b className="number">
                  {cell.moreIsGood === true ? 'about ' : ''}
                  {cell.unit === 'B'
                    ? `${formatInteger(cell.now)} bytes`
                    : formatInteger(Math.round(cell.now))}
                </b>
                <br />
                {cell.why}
              </>
            )
          }
        >
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the full number is in the tooltip, which the keyboard must reach too */}
          <div className="strip-cell" tabIndex={0} data-count={cell.label.split(',')[0]}>
            <span className="strip-value">
              <b className="number">{shown(cell)}</b>
              {cell.now !== null && cell.before !== null && cell.now !== cell.before && (
                <em className={cell.now > cell.before === (cell.moreIsGood === true) ? 'less' : 'more'}>
                  {formatDelta(cell.now - cell.before, cell.unit)}
                </em>
              )}
            </span>
            <span>{cell.label}</span>
          </div>
        </Tooltip>
      ))}
      <span className="grow" />
      <Tooltip
        title={`Changes are against ${base.name}. Opens the versions, to see them or to choose another.`}
      >
        <button
          type="button"
          className="strip-cell strip-base"
          aria-haspopup="dialog"
          onClick={() => openOverlay('versions')}
        >
          <span>compared with</span>
          <span className="strip-name">{base.name}</span>
        </button>
      </Tooltip>
    </section>
  );
}

function shown({
  now,
  unit,
  moreIsGood,
}: {
  now: number | null;
  unit: string;
  moreIsGood?: boolean;
}): string {
  if (now === null) return unknownValue;
  if (unit === 'B') return formatBytes(now);
  return moreIsGood === true ? `~${formatSI(now)}` : formatSI(now);
}
