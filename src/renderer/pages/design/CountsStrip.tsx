/** What the model costs, always in view, with the change against the preset or file it began from. */
import Tooltip from '@mui/material/Tooltip';
import { trainingMemoryBytes } from '../../../shared/architecture/counts.ts';
import { formatBytes, formatDelta, formatInteger, formatSI, unknownValue } from '../../../shared/format.ts';
import { useDesign } from '../../state/design.ts';
import { useTraining } from '../../state/training.ts';
import { useCounts, useDocument } from './useDocument.ts';

export function CountsStrip() {
  const document = useDocument();
  const base = useDesign((design) => design.base);
  const counts = useCounts(document);
  const baseCounts = useCounts(base.document);
  const { batch, context } = useTraining((training) => training.configuration);
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
  const cells: { label: string; unit: string; now: number | null; before: number | null; why: string }[] = [
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
      label: 'FLOP per token, forward',
      unit: '',
      now: counts?.flopsPerToken.forward ?? null,
      before: baseCounts?.flopsPerToken.forward ?? null,
      why: 'Matrix and score products at full context, 2 per multiply-add. Training is three times that.',
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
  ];
  return (
    <section className="strip" aria-label="Counts">
      {cells.map((cell) => (
        <Tooltip
          key={cell.label}
          title={
            cell.now === null ? (
              'The document has problems; counts come back when they are mended.'
            ) : (
              <>
                <b className="number">
                  {cell.unit === 'B' ? `${formatInteger(cell.now)} bytes` : formatInteger(cell.now)}
                </b>
                <br />
                {cell.why}
              </>
            )
          }
        >
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the full number is in the tooltip, which the keyboard must reach too */}
          <div className="strip-cell" tabIndex={0} data-count={cell.label.split(',')[0]}>
            <b className="number">
              {cell.now === null
                ? unknownValue
                : cell.unit === 'B'
                  ? formatBytes(cell.now)
                  : formatSI(cell.now)}
            </b>
            <span>
              {cell.label}
              {cell.now !== null && cell.before !== null && cell.now !== cell.before && (
                <em className={cell.now > cell.before ? 'more' : 'less'}>
                  {formatDelta(cell.now - cell.before, cell.unit)}
                </em>
              )}
            </span>
          </div>
        </Tooltip>
      ))}
      <span className="grow" />
      <span className="strip-base muted small">compared with {base.name}</span>
    </section>
  );
}
