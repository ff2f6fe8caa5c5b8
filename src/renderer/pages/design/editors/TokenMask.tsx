/** MaskMoE: token types by rank with their frequency in a real text, the cut between frequent and rare dragged over them. */
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import Select from '@mui/material/Select';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import { useEffect, useMemo, useState } from 'react';
import { type Axis, decades, pathOf, place, valueAt } from '../../../../shared/axis.ts';
import { formatInteger, formatShare, formatSI } from '../../../../shared/format.ts';
import type { MaskMoeFfn } from '../../../../shared/methods/ffn/maskmoe.ts';
import type { TokenCounts } from '../../../../shared/rpc/contract.ts';
import { Failure } from '../../../components/Failure.tsx';
import { cutAt, cutRank, type RankedTokens, rankCurve, rankTokens } from '../../../logic/tokenRanks.ts';
import { edit } from '../../../state/design.ts';
import { type CountRequest, countKey, loadTokenCounts, useTokenCounts } from '../../../state/tokenCounts.ts';
import { useTraining } from '../../../state/training.ts';
import { useWorkspace } from '../../../state/workspace.ts';
import { useDocument } from '../useDocument.ts';
import { AxisTitles } from './AxisTitles.tsx';
import { CutHandle } from './CutHandle.tsx';
import { Facts } from './Facts.tsx';
import { VisibilityTable } from './VisibilityTable.tsx';
import { withFfn } from './withFfn.ts';

/** What the select calls the mixture of the Train panel. */
const trainPanel = '*';

export function TokenMask({ block }: { block: number }) {
  const document = useDocument();
  const ffn = document.blocks[block]!.ffn as MaskMoeFfn;
  const { request, chosen, names, choose } = useCountRequest(document.vocabulary);
  const key = request === null ? '' : countKey(request);
  const counts = useTokenCounts((all) => all[key]);
  const known = useTokenizerIsThere(request);
  useEffect(() => {
    // Where the tokenizer is there already, counting makes nothing new: no need to ask first.
    if (request !== null && known && useTokenCounts.getState()[key] === undefined)
      void loadTokenCounts(request);
  }, [key, known]);
  return (
    <section className="layout-editor" data-kind="maskmoe" aria-label="Frequent and rare tokens">
      <Typography variant="h3">Frequent and rare tokens</Typography>
      <div className="keep">
        <span className="muted small">Counted on</span>
        <Select
          className="keep-select"
          value={chosen ?? ''}
          displayEmpty
          onChange={(event) => choose(event.target.value)}
          inputProps={{ 'aria-label': 'Counted on' }}
        >
          {names.length === 0 && <MenuItem value="">no data set</MenuItem>}
          {names.map(({ value, label }) => (
            <MenuItem key={value} value={value}>
              {label}
            </MenuItem>
          ))}
        </Select>
      </div>
      {request === null && (
        <p className="editor-empty small">Add a text on the Data page; its tokens are then ranked here.</p>
      )}
      {request !== null && counts === undefined && (
        <p className="editor-empty small">
          Not counted yet. Counting makes a tokenizer of {formatInteger(document.vocabulary)} tokens, as the
          first run on this data would.{' '}
          <Button variant="outlined" onClick={() => void loadTokenCounts(request)}>
            Count tokens
          </Button>
        </p>
      )}
      {counts?.status === 'loading' && counts.value === undefined && (
        <Skeleton variant="rounded" height={176} aria-label="Counting the tokens" />
      )}
      {counts?.status === 'error' && request !== null && (
        <Failure
          error={counts.error}
          what="The tokens could not be counted"
          retry={() => void loadTokenCounts(request)}
        />
      )}
      {counts?.value !== undefined && <Counted block={block} ffn={ffn} found={counts.value} />}
    </section>
  );
}

function useCountRequest(vocabulary: number) {
  const training = useTraining((state) => state.configuration);
  const data = useWorkspace((workspace) => workspace.data.value);
  const samples = useWorkspace((workspace) => workspace.samples.value);
  const [wish, choose] = useState<string | null>(null);
  const names = [
    ...(training.data.length === 0
      ? []
      : [{ value: trainPanel, label: `Train panel: ${training.data.map(({ name }) => name).join(' + ')}` }]),
    ...(data ?? []).map(({ name }) => ({ value: name, label: name })),
    ...(samples ?? [])
      .filter(({ added }) => !added)
      .map(({ name }) => ({ value: name, label: `${name} (sample)` })),
  ];
  const chosen = names.find(({ value }) => value === wish)?.value ?? names[0]?.value ?? null;
  const request: CountRequest | null =
    chosen === null
      ? null
      : chosen === trainPanel
        ? { data: training.data, tokenizer: training.tokenizer, vocabulary }
        : { data: [{ name: chosen, weight: 1 }], tokenizer: null, vocabulary };
  return { request, chosen, names, choose };
}

/** Whether the tokenizer that a request means was made before. */
function useTokenizerIsThere(request: CountRequest | null): boolean {
  const tokenizers = useWorkspace((workspace) => workspace.tokenizers.value);
  if (request === null || tokenizers === undefined) return false;
  const data = request.data.map(({ name }) => name).join(' + ');
  return tokenizers.some((row) =>
    request.tokenizer === null || request.tokenizer === undefined
      ? row.data === data && row.vocabulary === request.vocabulary
      : row.name === request.tokenizer && row.vocabulary <= request.vocabulary,
  );
}

function Counted({ block, ffn, found }: { block: number; ffn: MaskMoeFfn; found: TokenCounts }) {
  const ranked = useMemo(() => rankTokens(found.counts), [found]);
  const cut = useMemo(
    () => cutRank(ffn, found.counts),
    [found, ffn.frequentRule, ffn.freqCoverage, ffn.freqTopN],
  );
  const covered = cut === 0 ? 0 : ranked.covered[cut - 1]! / ranked.total;
  const mean = covered * Math.min(ffn.topK, ffn.vFrequent) + (1 - covered) * Math.min(ffn.topK, ffn.vRare);
  return (
    <>
      <RankCurve block={block} ffn={ffn} found={found} ranked={ranked} cut={cut} />
      <Facts
        facts={[
          {
            name: 'Frequent',
            value: `${formatInteger(cut)} types · ${formatShare(covered)} of tokens`,
            title: `Each sees ${ffn.vFrequent} of ${ffn.nExperts} experts.`,
          },
          {
            name: 'Rare',
            value: `${formatInteger(found.counts.length - cut)} types · ${formatShare(1 - covered)}`,
            title: `Each sees ${ffn.vRare} of ${ffn.nExperts} experts. Types that the text lacks are rare.`,
          },
          {
            name: 'Experts run per token',
            value: mean.toFixed(2),
            title: 'min(K, V) over the tokens of this text.',
          },
          {
            name: 'Training tokens',
            value: formatSI(found.tokens),
            title: `Under the tokenizer ${found.tokenizer}.`,
          },
        ]}
      />
      <VisibilityTable block={block} ffn={ffn} found={found} ranked={ranked} cut={cut} />
    </>
  );
}

const frame = { width: 340, left: 44, right: 14, top: 14, bottom: 140 };

interface CurveProps {
  readonly block: number;
  readonly ffn: MaskMoeFfn;
  readonly found: TokenCounts;
  readonly ranked: RankedTokens;
  readonly cut: number;
}

function RankCurve({ block, ffn, found, ranked, cut }: CurveProps) {
  const last = Math.max(2, ranked.ids.length);
  const curve = useMemo(() => rankCurve(ranked, found.counts, 160), [ranked, found]);
  const ranks: Axis = {
    from: 1,
    to: last,
    start: frame.left + 12,
    end: frame.width - frame.right,
    log: true,
  };
  const least = curve.at(-1)?.share ?? 1e-4;
  const shares: Axis = {
    from: 10 ** Math.floor(Math.log10(least)),
    to: 10 ** Math.ceil(Math.log10(curve[0]?.share ?? 1)),
    start: frame.bottom,
    end: frame.top,
    log: true,
  };
  const set = (rank: number) =>
    edit('frequent tokens', (now) => withFfn(now, block, cutAt(ffn, ranked, rank)));
  // Between the last frequent and the first rare type; before the first one where none is frequent.
  const x = cut === 0 ? frame.left : Math.min(ranks.end, place(ranks, cut + 0.5));
  const points = curve.map(({ rank, share }) => [place(ranks, rank), place(shares, share)] as const);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of shapes inside svg has no element of its own
    <svg
      className="plane"
      viewBox={`0 0 ${frame.width} 180`}
      role="group"
      aria-label="Token types by rank, with their share of the training tokens"
    >
      <rect
        className="shade shade-method"
        x={frame.left}
        y={frame.top}
        width={x - frame.left}
        height={frame.bottom - frame.top}
      />
      <path className="curve-method" d={pathOf(points)} />
      <line className="editor-axis" x1={frame.left} x2={ranks.end} y1={frame.bottom} y2={frame.bottom} />
      <line className="editor-axis" x1={frame.left} x2={frame.left} y1={frame.top} y2={frame.bottom} />
      <g className="plane-axis number">
        {decades(ranks).map((rank) => (
          <text key={rank} x={place(ranks, rank)} y={frame.bottom + 15} textAnchor="middle">
            {formatSI(rank)}
          </text>
        ))}
        {decades(shares).map((share) => (
          <text key={share} x={frame.left - 4} y={place(shares, share) + 4} textAnchor="end">
            {share >= 0.01 ? `${share * 100} %` : `1e${Math.round(Math.log10(share))}`}
          </text>
        ))}
      </g>
      <AxisTitles frame={frame} right={ranks.end} across="rank of the token type" up="share of tokens" />
      <CutHandle
        x={x}
        top={frame.top}
        bottom={frame.bottom}
        flipAt={230}
        note={`${formatInteger(cut)} frequent`}
        label="Frequent token types"
        value={cut}
        least={0}
        most={ranked.ids.length}
        text={
          ffn.frequentRule === 'topN'
            ? `${cut} most frequent types`
            : `${cut} types, coverage ${ffn.freqCoverage}`
        }
        gesture="frequent tokens"
        testId="cut-handle"
        onDrag={({ x: at }) => set(at < ranks.start - 4 ? 0 : valueAt(ranks, at))}
        onStep={(direction, large) =>
          set(large ? Math.max(0, Math.round(direction === 1 ? cut * 1.5 + 1 : cut / 1.5)) : cut + direction)
        }
        onEnd={(end) => set(end === 'least' ? 0 : ranked.ids.length)}
      />
    </svg>
  );
}
