/**
 * The expert layout of a block, dragged by hand: rows are groups (Finedeep: sequential sub-layers), columns the experts of
 * a group. What is kept is the FFN width, with it the expert matrices; or, where depth is traded, all parameters or FLOPs.
 */
import Typography from '@mui/material/Typography';
import { useMemo, useRef, useState } from 'react';
import type { Architecture } from '../../../shared/architecture/document.ts';
import { expertLayouts, type Layout, setExpertLayout } from '../../../shared/architecture/edits.ts';
import { mapColour } from '../../../shared/figures/colours.ts';
import { formatInteger, formatNumber, formatSI } from '../../../shared/format.ts';
import { type Ffn, ffnMethod } from '../../../shared/methods/ffn/index.ts';
import { layerShape } from '../../../shared/methods/languageModel.ts';
import { axisCounts, withCurrent } from '../../logic/layoutFamily.ts';
import { depthSpeed, type LayoutLoss } from '../../logic/layoutLosses.ts';
import { type Cost, costOf, type Divided, traded, tradeFamily } from '../../logic/layoutTrade.ts';
import { edit } from '../../state/design.ts';
import { sayError } from '../../state/messages.ts';
import { queueRun } from '../../state/runCommands.ts';
import { type Fact, Facts } from './editors/Facts.tsx';
import { type Choice, Keep } from './editors/Keep.tsx';
import { LayoutPlane } from './editors/LayoutPlane.tsx';
import { formatWidth, rowOpacity } from './editors/layoutLook.ts';
import { withFfn } from './editors/withFfn.ts';
import { useDocument } from './useDocument.ts';
import { useLayoutLosses } from './useLayoutLosses.ts';

const costs: readonly Choice<Cost>[] = [
  {
    value: 'width',
    label: 'Width D',
    help: 'The FFN width, and with it the expert matrices, stay as they are.',
  },
  {
    value: 'parameters',
    label: 'Parameters',
    help: 'All parameters of the layer stay: D gives way to routers and norms, which grow with the layout.',
  },
  {
    value: 'flops',
    label: 'FLOPs',
    help: 'Forward FLOPs per token of the layer stay: D gives way to scores and weighted sums, which grow with the layout.',
  },
];

export function ExpertLayout({ block }: { block: number }) {
  const document = useDocument();
  const ffn = document.blocks[block]!.ffn;
  const method = ffnMethod(ffn.kind);
  const experts = method.experts(ffn);
  const units = method.units(ffn);
  const [wish, setCost] = useState<Cost>('width');
  // The family depends on kind and units alone, so a drag, which changes the document, does not compute it anew.
  const offered = useMemo(() => expertLayouts(document, block), [ffn.kind, units, block]);
  const deep = ffn.kind === 'finedeep';
  const cost = deep ? wish : 'width';
  const target = useTarget(document, ffn, cost);
  const losses = useLayoutLosses(block, cost, target.value);
  const shape = layerShape(document);
  const traders = useMemo(
    () => (cost === 'width' ? [] : tradeFamily(ffn as Divided, cost, target.value, layerShape(document))),
    [cost, target.value, ffn.kind, document.width],
  );
  if (experts === null || offered.length === 0) return null;
  const current: Layout = { groups: experts.groups, perGroup: experts.count / experts.groups };
  const family = withCurrent(cost === 'width' ? offered : traders, current);
  const width = units - (experts.sharedUnits ?? 0);
  const expertWidth = width / experts.count;
  const flat = axisCounts(family, 'groups').length === 1;
  const set = (layout: Layout) => {
    if (layout.groups === current.groups && layout.perGroup === current.perGroup) return;
    const changed = tradedTo(layout);
    if (changed !== null) target.keep(changed);
    edit('expert layout', (now) => withLayout(now, layout, changed));
  };
  const tradedTo = (layout: Layout) =>
    cost === 'width' ? null : traded(ffn as Divided, layout, cost, target.value, shape);
  /** With D as it is, or as it was traded; a trade that does not come out changes nothing. */
  const withLayout = (now: Architecture, layout: Layout, changed: Divided | null): Architecture => {
    if (cost === 'width') return setExpertLayout(now, block, layout);
    return changed === null ? now : withFfn(now, block, changed);
  };
  const queue = (layout: Layout) =>
    void queueRun(withLayout(document, layout, tradedTo(layout))).catch(sayError);
  const text = flat
    ? `${current.perGroup} experts, each ${formatWidth(expertWidth)} wide`
    : `${current.groups} sub-layers of ${current.perGroup} experts, each ${formatWidth(expertWidth)} wide`;
  return (
    <section className="layout-editor" data-kind={ffn.kind} aria-label="Expert layout">
      <Typography variant="h3">{flat ? 'Partition' : 'Depth against width'}</Typography>
      {deep && <Keep label="Keep" value={cost} choices={costs} onChange={setCost} />}
      <p className="muted small panel-note">
        {cost === 'width' ? 'Drag the corner; expert parameters stay at ' : 'Drag the corner; '}
        {cost === 'width' && <span className="number">{formatInteger(3 * document.width * units)}</span>}
        {cost === 'width' ? ' a layer.' : `${keptText(cost, target.value)}, as near as whole units come.`}
      </p>
      <LayoutPlane
        family={family}
        losses={losses}
        current={current}
        expertWidth={expertWidth}
        flat={flat}
        text={text}
        set={set}
        queue={queue}
      />
      <div className="partition" aria-hidden="true">
        {Array.from({ length: Math.min(experts.count, 256) }, (_, index) => (
          // Parts have no identity but their place.
          <i
            key={`part ${index}`}
            style={{ opacity: rowOpacity(Math.floor(index / current.perGroup), current.groups) }}
          />
        ))}
      </div>
      <LossScale losses={losses} />
      <p className="number small layout-equation" aria-live="polite">
        D {formatInteger(units)} = {current.groups === 1 ? '' : `${current.groups} × `}
        {current.perGroup} × {formatWidth(expertWidth)}
        {units > width && ` + ${formatInteger(units - width)} shared`}
      </p>
      {deep && <Facts facts={depthFacts(document, ffn, current, losses)} />}
    </section>
  );
}

/**
 * The cost to keep: what the layer cost before the editor began to change it, so that one drag after another does not add
 * up its roundings. A change from elsewhere sets a new one.
 */
function useTarget(document: Architecture, ffn: Ffn, cost: Cost) {
  const kept = useRef({ of: '', value: 0 });
  const keyOf = (of: Ffn) => JSON.stringify([of, cost, document.width]);
  if (kept.current.of !== keyOf(ffn)) {
    kept.current = { of: keyOf(ffn), value: costOf(ffn, cost, layerShape(document)) };
  }
  const { value } = kept.current;
  return {
    value,
    keep: (changed: Ffn) => {
      kept.current = { of: keyOf(changed), value };
    },
  };
}

function keptText(cost: Cost, value: number): string {
  return cost === 'parameters'
    ? `the layer keeps ${formatSI(value)} parameters`
    : `the layer keeps ${formatSI(value, 'FLOP')} per token`;
}

function depthFacts(
  document: Architecture,
  ffn: Ffn,
  current: Layout,
  losses: readonly LayoutLoss[],
): readonly Fact[] {
  const counts = ffnMethod(ffn.kind).counts(ffn, layerShape(document));
  const speed = depthSpeed(losses, current);
  return [
    { name: 'Parameters of the layer', value: formatSI(counts.parameters) },
    { name: 'Forward FLOPs per token', value: formatSI(counts.forwardFlops, 'FLOP') },
    {
      name: 'Speed against M = 1',
      value: speed === null ? '–' : `${formatNumber(speed.ratio)} ×`,
      title:
        speed === null
          ? 'Measured on runs only: it needs finished runs of this layout and of one with M = 1, with the settings of the Train panel, on the same device.'
          : `Measured: ${formatSI(speed.here, 'tokens/s')} against ${formatSI(speed.flat, 'tokens/s')} on ${speed.device}. Other work on the machine slows a run.`,
    },
  ];
}

/** What the colours of the larger dots mean: runs of this model under the settings of the Train panel, seeds aside. */
function LossScale({ losses }: { losses: readonly LayoutLoss[] }) {
  if (losses.length === 0) return null;
  const values = losses.map((entry) => entry.loss);
  const stops = Array.from({ length: 9 }, (_, index) => mapColour('viridis', index / 8)).join(', ');
  return (
    <p
      className="loss-scale small muted"
      title="Finished runs of this model with the settings of the Train panel, seeds aside; the best of each layout."
    >
      Validation loss, trained alike: <span className="number">{formatNumber(Math.min(...values), 4)}</span>
      {losses.length > 1 && (
        <>
          <i aria-hidden="true" style={{ background: `linear-gradient(to right, ${stops})` }} />
          <span className="number">{formatNumber(Math.max(...values), 4)} nats</span>
        </>
      )}
    </p>
  );
}
