/** Tokens on their way from expert to expert, layer by layer and sub-layer by sub-layer: a Sankey. */
import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { formatNumber, formatShare } from '../../../../shared/format.ts';
import {
  bandPath,
  expertFlow,
  type Flow,
  noneOf,
  type PlacedLink,
  type PlacedNode,
  pathOf,
  placeFlow,
} from '../../../../shared/run/expertFlow.ts';
import type { TokenReading } from '../../../../shared/run/reading.ts';
import { useScheme } from '../../../charts/look.ts';
import { methodColour } from '../../../logic/methodColours.ts';
import { expertLabel } from '../../../logic/probeMaps.ts';
import { setInspect, useInspect } from '../../../state/inspect.ts';
import { surfaces } from '../../../theme.ts';
import { figurePassage, type Pair } from '../sides.ts';
import { ViewCard } from '../ViewCard.tsx';

const height = 330;
const head = 34;
const node = 10;
/** Room between two columns, px. */
const narrowest = 84;

export function FlowView({ reading }: { reading: Pair<TokenReading> }) {
  const passage = useInspect((state) => state.passage);
  return (
    <ViewCard
      title="Flow of tokens between experts"
      pair={reading}
      height={height + head}
      wide
      figure={
        passage === null
          ? undefined
          : ({ step }) => ({ kind: 'flow', options: { step, ...figurePassage(passage) } })
      }
      empty={({ routes }, side) => {
        if (routes.length === 0)
          return `${side.run.name} routes no tokens: no layer has experts that are switched off for some of them.`;
        return routes.length === 1 && routes[0]!.groups === 1
          ? 'Only one layer routes tokens, so nothing flows between layers.'
          : null;
      }}
      table={(value) => {
        const flow = expertFlow(value.routes, value.read);
        return {
          columns: ['from_layer', 'from_expert', 'to_layer', 'to_expert', 'tokens'],
          rows: flow.links.map((link) => [
            flow.columns[link.column]!.layer + 1,
            nodeName(flow, link.column, link.from),
            flow.columns[link.column + 1]!.layer + 1,
            nodeName(flow, link.column + 1, link.to),
            link.tokens,
          ]),
        };
      }}
    >
      {(value, side) => <Sankey value={value} name={`${side.run.name} at step ${side.step}`} />}
    </ViewCard>
  );
}

function Sankey({ value, name }: { value: TokenReading; name: string }) {
  const { token, layer, expert } = useInspect();
  const scheme = useScheme();
  const flow = useMemo(() => expertFlow(value.routes, value.read), [value]);
  const box = useRef<HTMLElement>(null);
  const room = useRoom(box);
  const width = Math.max(room - 8, (flow.columns.length - 1) * narrowest + node);
  const placed = useMemo(() => placeFlow(flow, { width, height, node, gap: 5 }), [flow, width]);
  const path = token === null || token >= value.read ? null : pathOf(value.routes, token);
  const passes = (column: number, at: number) => path?.[column]?.includes(at) ?? false;
  const isChosen = (column: number, at: number) =>
    expert !== null && flow.columns[column]!.layer === layer && expertOf(flow, column, at) === expert;
  const strong = ({ column, from, to }: PlacedLink) =>
    path !== null
      ? passes(column, from) && passes(column + 1, to)
      : isChosen(column, from) || isChosen(column + 1, to);
  const anything = path !== null || expert !== null;
  const { ink, mute, panel } = surfaces[scheme];
  const accent = 'var(--accent)';
  return (
    <>
      <section
        ref={box}
        className="flow-scroll"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a long stack is wider than its card and scrolls, by keys too
        tabIndex={0}
        aria-label={`Flow of tokens of ${name}, scrolls sideways`}
      >
        <svg
          viewBox={`-4 ${-head} ${width + 8} ${height + head + 4}`}
          width={width + 8}
          height={height + head + 4}
          className="flow"
        >
          <title>{`${flow.tokens} tokens through ${flow.columns.length} layers and sub-layers`}</title>
          {placed.links.map((link) => (
            <path
              key={`${link.column} ${link.from} ${link.to}`}
              d={bandPath(link)}
              fill={anything && strong(link) ? accent : mute}
              opacity={anything ? (strong(link) ? 0.75 : 0.1) : 0.3}
            >
              <title>
                {`${nodeName(flow, link.column, link.from)} of layer ${flow.columns[link.column]!.layer + 1} to ${nodeName(flow, link.column + 1, link.to)} of layer ${flow.columns[link.column + 1]!.layer + 1}: ${formatNumber(link.tokens)} of ${flow.tokens} tokens`}
              </title>
            </path>
          ))}
          {placed.nodes.map((one) => (
            <FlowNode
              key={`${one.column} ${one.node}`}
              flow={flow}
              placed={one}
              fill={
                isChosen(one.column, one.node) || passes(one.column, one.node)
                  ? accent
                  : one.node === noneOf(flow.columns[one.column]!)
                    ? mute
                    : methodColour(flow.columns[one.column]!.kind, scheme)
              }
              ink={ink}
              halo={panel}
              last={one.column === flow.columns.length - 1}
            />
          ))}
          {flow.columns.map((column, index) => {
            const x = flow.columns.length < 2 ? 0 : (index * (width - node)) / (flow.columns.length - 1);
            return (
              <text
                key={`${column.layer} ${column.group}`}
                x={x + (index === flow.columns.length - 1 ? node : 0)}
                y={-12}
                fill={mute}
                textAnchor={index === flow.columns.length - 1 ? 'end' : 'start'}
                className="flow-text"
              >
                {column.groups > 1
                  ? `layer ${column.layer + 1}.${column.group + 1}`
                  : `layer ${column.layer + 1}`}
              </text>
            );
          })}
        </svg>
      </section>
      <p className="small muted view-foot">
        Heights are shares of <span className="number">{flow.tokens}</span> tokens; a token with several
        experts is shared out evenly among them.
        {placed.hidden > 0.0005 &&
          ` The thinnest bands, ${formatShare(placed.hidden)} of all ways, are not drawn.`}
      </p>
    </>
  );
}

/** Width of an element, px; what a card has before it is measured. */
function useRoom(box: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(520);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => {
      const found = Math.floor(entry?.contentRect.width ?? 0);
      if (found > 0) setWidth(found);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return width;
}

function FlowNode({
  flow,
  placed,
  fill,
  ink,
  halo,
  last,
}: {
  flow: Flow;
  placed: PlacedNode;
  fill: string;
  ink: string;
  halo: string;
  last: boolean;
}) {
  const { column, node: at, x, y, tokens } = placed;
  const name = nodeName(flow, column, at);
  const expert = expertOf(flow, column, at);
  const choose = () =>
    expert !== null && setInspect({ layer: flow.columns[column]!.layer, expert, token: null });
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the same choice is offered by the legend and the path of a token
    <g onClick={choose} className={expert === null ? undefined : 'flow-node'}>
      <rect x={x} y={y} width={node} height={Math.max(1, placed.height)} fill={fill}>
        <title>{`${name}, layer ${flow.columns[column]!.layer + 1}: ${formatNumber(tokens)} of ${flow.tokens} tokens`}</title>
      </rect>
      {placed.height >= 10 && (
        <text
          x={last ? x - 4 : x + node + 4}
          y={y + placed.height / 2 + 4}
          fill={ink}
          stroke={halo}
          textAnchor={last ? 'end' : 'start'}
          className="flow-text flow-name"
        >
          {name}
        </text>
      )}
    </g>
  );
}

function expertOf(flow: Flow, column: number, at: number): number | null {
  const { sizes, group } = flow.columns[column]!;
  return at === sizes.length - 1 ? null : group * (sizes.length - 1) + at;
}

function nodeName(flow: Flow, column: number, at: number): string {
  const own = flow.columns[column]!;
  const expert = expertOf(flow, column, at);
  return expert === null ? 'none' : expertLabel(expert, (own.sizes.length - 1) * own.groups, own.groups);
}
