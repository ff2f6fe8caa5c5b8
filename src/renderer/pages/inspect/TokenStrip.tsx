/** The text as the model read it, coloured; click a token, or walk with the arrow keys, and every view follows. */
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import type { KeyboardEvent } from 'react';
import { mapColour } from '../../../shared/figures/colours.ts';
import { formatInteger, formatNumber } from '../../../shared/format.ts';
import type { TokenReading } from '../../../shared/run/reading.ts';
import { expertLabel } from '../../logic/probeMaps.ts';
import { visibleToken } from '../../logic/tokenColour.ts';
import {
  colouringLabels,
  colouringUnits,
  expertPaint,
  routedColourings,
  routesOf,
  scalePaint,
  stripScale,
  stripValues,
  type TokenColouring,
  tokenColourings,
} from '../../logic/tokenStrip.ts';
import { setInspect, useInspect } from '../../state/inspect.ts';
import { useView } from '../../state/view.ts';
import { LayerChoice } from './LayerChoice.tsx';
import { type Pair, type Side, valuesOf } from './sides.ts';
import { ViewCard } from './ViewCard.tsx';

/** Experts that a legend names one by one. */
const mostNamed = 32;

export function TokenStrip({ reading }: { reading: Pair<TokenReading> }) {
  const wanted = useInspect((state) => state.colouring);
  const layer = useInspect((state) => state.layer);
  const threshold = useView((view) => view.threshold);
  const readings = valuesOf(reading);
  const routed = readings.length === 0 || readings.some(({ routes }) => routes.length > 0);
  const colouring = !routed && routedColourings.includes(wanted) ? 'loss' : wanted;
  const scale = stripScale(
    readings.flatMap((one) => stripValues(one, colouring, layer, threshold)),
    colouring,
  );
  return (
    <ViewCard
      title="Tokens"
      pair={reading}
      height={120}
      idle="Give the model a text to read: every token is coloured by its loss, and every layer shows its sparsity and routing."
      table={(value) => tokenTable(value, layer, threshold)}
      controls={
        <>
          <span className="view-control">
            <span>coloured by</span>
            <ToggleButtonGroup
              exclusive
              size="small"
              value={colouring}
              aria-label="Tokens coloured by"
              onChange={(_, value: TokenColouring | null) =>
                value !== null && setInspect({ colouring: value })
              }
            >
              {tokenColourings
                .filter((one) => routed || !routedColourings.includes(one))
                .map((one) => (
                  <ToggleButton key={one} value={one}>
                    {colouringLabels[one]}
                  </ToggleButton>
                ))}
            </ToggleButtonGroup>
          </span>
          {colouring !== 'loss' && colouring !== 'entropy' && (
            <LayerChoice layers={readings[0]?.layers ?? []} />
          )}
          {colouring !== 'expert' && readings.length > 0 && (
            <ColourBar most={scale} unit={colouringUnits[colouring]} over={colouring === 'loss'} />
          )}
        </>
      }
    >
      {(value, side) => (
        <Strip value={value} side={side} colouring={colouring} scale={scale} threshold={threshold} />
      )}
    </ViewCard>
  );
}

function Strip({
  value,
  side,
  colouring,
  scale,
  threshold,
}: {
  value: TokenReading;
  side: Side;
  colouring: TokenColouring;
  scale: number;
  threshold: string;
}) {
  const { layer, token: chosen, expert } = useInspect();
  const values = stripValues(value, colouring, layer, threshold);
  const routes = routesOf(value, layer);
  const { tokens } = value;
  const position = chosen === null ? null : Math.min(chosen, tokens.length - 1);
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const move = { ArrowRight: 1, ArrowLeft: -1, Home: -tokens.length, End: tokens.length }[event.key];
    if (move === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(tokens.length - 1, (position ?? 0) + move));
    setInspect({ token: next });
    event.currentTarget.querySelectorAll<HTMLElement>('.token')[next]?.focus();
  };
  return (
    <>
      <p className="strip-facts small muted">
        loss <b className="number">{formatNumber(value.loss)}</b> nats/token · perplexity{' '}
        <b className="number">{formatNumber(Math.exp(value.loss))}</b> ·{' '}
        <b className="number">{formatNumber(value.bitsPerByte)}</b> bits/byte ·{' '}
        <b className="number">{formatInteger(value.read)}</b> tokens of {value.source}
        {value.windows > 1 && ` (window ${value.window + 1} of ${value.windows})`}
        {value.cut && ', the first of a longer text'}
      </p>
      <div
        className="tokens"
        role="toolbar"
        aria-label={`Tokens read by ${side.run.name} at step ${side.step}; arrow keys walk`}
        onKeyDown={onKeyDown}
      >
        {tokens.map((token, index) => {
          const at = values[index] ?? null;
          const paint =
            at === null
              ? undefined
              : colouring === 'expert'
                ? expertPaint(at, routes?.experts ?? 1)
                : scalePaint(at, scale);
          const ran = expert !== null && (routes?.chosen[index]?.includes(expert) ?? false);
          return (
            <button
              // Tokens have no identity but their place.
              key={`token ${index}`}
              type="button"
              className={paint === undefined ? 'token token-bare number' : 'token number'}
              tabIndex={index === (position ?? 0) ? 0 : -1}
              aria-pressed={index === position}
              data-ran={ran || undefined}
              style={paint === undefined ? undefined : { background: paint.background, color: paint.text }}
              title={describe(at, colouring, routes)}
              onClick={() => setInspect({ token: index === position ? null : index })}
            >
              {visibleToken(token.token)}
            </button>
          );
        })}
      </div>
      {colouring === 'expert' &&
        (routes === null ? (
          <p className="small muted strip-facts">Layer {layer + 1} has no experts that are switched off.</p>
        ) : (
          <ExpertLegend routes={routes} tokens={value.read} />
        ))}
    </>
  );
}

function describe(
  value: number | null,
  colouring: TokenColouring,
  routes: ReturnType<typeof routesOf>,
): string {
  if (value === null) return 'not known for this token';
  if (colouring === 'expert' && routes !== null)
    return `expert ${expertLabel(value, routes.experts, routes.groups)}`;
  return `${formatNumber(value)} ${colouringUnits[colouring]}`;
}

function ExpertLegend({
  routes,
  tokens,
}: {
  routes: NonNullable<ReturnType<typeof routesOf>>;
  tokens: number;
}) {
  const expert = useInspect((state) => state.expert);
  const counts = new Map<number, number>();
  for (const chosen of routes.chosen)
    if (chosen[0] !== undefined) counts.set(chosen[0], (counts.get(chosen[0]) ?? 0) + 1);
  const shown = [...counts].sort((a, b) => b[1] - a[1]);
  return (
    <div className="expert-legend">
      {shown.slice(0, mostNamed).map(([index, count]) => (
        <button
          key={index}
          type="button"
          className="legend-expert number"
          aria-pressed={index === expert}
          style={{ background: expertPaint(index, routes.experts).background }}
          title={`first choice of ${count} of ${tokens} tokens`}
          onClick={() => setInspect({ expert: index === expert ? null : index })}
        >
          {expertLabel(index, routes.experts, routes.groups)}
        </button>
      ))}
      {shown.length > mostNamed && (
        <span className="small muted">and {shown.length - mostNamed} experts with fewer tokens</span>
      )}
      <span className="small muted">
        {routes.groups > 1 ? 'first choice in sub-layer 1' : 'the most probable expert that ran'}
      </span>
    </div>
  );
}

function ColourBar({ most, unit, over }: { most: number; unit: string; over: boolean }) {
  const stops = Array.from({ length: 9 }, (_, index) => mapColour('cividis', index / 8)).join(', ');
  return (
    <span
      className="colour-bar number"
      role="img"
      aria-label={`Colours from 0 to ${formatNumber(most)} ${unit}${over ? ' and more' : ''}`}
    >
      0 <i style={{ background: `linear-gradient(to right, ${stops})` }} /> {formatNumber(most)}
      {over ? '+' : ''} {unit}
    </span>
  );
}

function tokenTable(value: TokenReading, layer: number, threshold: string) {
  const columns = tokenColourings.map((colouring) => stripValues(value, colouring, layer, threshold));
  return {
    columns: ['position', 'token', 'id', ...tokenColourings.map((one) => colouringLabels[one])],
    rows: value.tokens.map(({ token, id }, index) => [
      index,
      token,
      id,
      ...columns.map((values, at) => {
        const own = values[index] ?? null;
        return own !== null && tokenColourings[at] === 'expert' ? own + 1 : own;
      }),
    ]),
  };
}
