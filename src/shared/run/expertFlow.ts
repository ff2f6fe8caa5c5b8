/** Tokens on their way from expert to expert: nodes and links of a Sankey over layers and sub-layers, and where to draw them. */
import type { ReadRoutes } from './reading.ts';

export interface FlowColumn {
  readonly layer: number;
  readonly group: number;
  readonly groups: number;
  readonly kind: string;
  /** Tokens at each expert, those with several experts shared out evenly; the last entry: tokens without any. */
  readonly sizes: readonly number[];
}

export interface FlowLink {
  /** From node `from` of column `column` to node `to` of the next one. */
  readonly column: number;
  readonly from: number;
  readonly to: number;
  readonly tokens: number;
}

export interface Flow {
  readonly tokens: number;
  readonly columns: readonly FlowColumn[];
  readonly links: readonly FlowLink[];
}

/** Node index of tokens that no expert of the column ran for. */
export function noneOf(column: FlowColumn): number {
  return column.sizes.length - 1;
}

export function expertFlow(routes: readonly ReadRoutes[], tokens: number): Flow {
  const places = routes.flatMap((layer) =>
    Array.from({ length: layer.groups }, (_, group) => ({ layer, group })),
  );
  const shares = places.map(({ layer, group }) => {
    const perGroup = layer.experts / layer.groups;
    return Array.from({ length: tokens }, (_, token) => {
      const own = (layer.chosen[token] ?? []).filter((expert) => Math.floor(expert / perGroup) === group);
      return own.length === 0 ? [perGroup] : own.map((expert) => expert - group * perGroup);
    });
  });
  const columns = places.map(({ layer, group }, index): FlowColumn => {
    const sizes = new Array<number>(layer.experts / layer.groups + 1).fill(0);
    for (const nodes of shares[index]!) for (const node of nodes) sizes[node]! += 1 / nodes.length;
    return { layer: layer.layer, group, groups: layer.groups, kind: layer.kind, sizes };
  });
  const links: FlowLink[] = [];
  for (let column = 0; column + 1 < columns.length; column++) {
    const width = columns[column + 1]!.sizes.length;
    const sums = new Map<number, number>();
    for (let token = 0; token < tokens; token++) {
      const [here, there] = [shares[column]![token]!, shares[column + 1]![token]!];
      const part = 1 / (here.length * there.length);
      for (const from of here) {
        for (const to of there) sums.set(from * width + to, (sums.get(from * width + to) ?? 0) + part);
      }
    }
    for (const [key, sum] of [...sums].sort(([a], [b]) => a - b)) {
      links.push({ column, from: Math.floor(key / width), to: key % width, tokens: sum });
    }
  }
  return { tokens, columns, links };
}

export interface PlacedNode {
  readonly column: number;
  readonly node: number;
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly tokens: number;
}

export interface PlacedLink extends FlowLink {
  /** A band of this height from (x0, y0) to (x1, y1), its upper edges. */
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  readonly height: number;
}

export interface PlacedFlow {
  readonly nodes: readonly PlacedNode[];
  readonly links: readonly PlacedLink[];
  /** Share of the tokens' ways that is too thin to be drawn. */
  readonly hidden: number;
}

/** At most so many bands are drawn, the thickest. */
const mostBands = 400;

export function placeFlow(
  flow: Flow,
  box: { width: number; height: number; node: number; gap: number },
): PlacedFlow {
  const most = Math.max(1, ...flow.columns.map(({ sizes }) => sizes.filter((size) => size > 0).length));
  // Gaps take a third of the height at most, however many experts there are.
  const gap = Math.min(box.gap, box.height / 3 / most);
  const scale = (box.height - gap * (most - 1)) / Math.max(1, flow.tokens);
  const step = flow.columns.length < 2 ? 0 : (box.width - box.node) / (flow.columns.length - 1);
  const nodes: PlacedNode[] = [];
  const tops: number[][] = [];
  flow.columns.forEach(({ sizes }, column) => {
    let y = 0;
    tops.push(
      sizes.map((tokens, node) => {
        const top = y;
        if (tokens === 0) return top;
        nodes.push({ column, node, x: column * step, y, height: tokens * scale, tokens });
        y += tokens * scale + gap;
        return top;
      }),
    );
  });
  const leaving = tops.map((column) => [...column]);
  const arriving = tops.map((column) => [...column]);
  const placed = flow.links.map((link): PlacedLink => {
    const height = link.tokens * scale;
    const y0 = leaving[link.column]![link.from]!;
    const y1 = arriving[link.column + 1]![link.to]!;
    leaving[link.column]![link.from] = y0 + height;
    arriving[link.column + 1]![link.to] = y1 + height;
    return { ...link, x0: link.column * step + box.node, y0, x1: (link.column + 1) * step, y1, height };
  });
  const kept = [...placed].sort((a, b) => b.tokens - a.tokens).slice(0, mostBands);
  const all = flow.links.reduce((sum, link) => sum + link.tokens, 0);
  const drawn = kept.reduce((sum, link) => sum + link.tokens, 0);
  return { nodes, links: kept, hidden: all === 0 ? 0 : Math.max(0, 1 - drawn / all) };
}

/** Outline of a band as an SVG path. */
export function bandPath({ x0, y0, x1, y1, height }: PlacedLink): string {
  const middle = (x0 + x1) / 2;
  const at = (value: number) => Number(value.toFixed(2));
  return (
    `M${at(x0)} ${at(y0)}C${at(middle)} ${at(y0)} ${at(middle)} ${at(y1)} ${at(x1)} ${at(y1)}` +
    `V${at(y1 + height)}C${at(middle)} ${at(y1 + height)} ${at(middle)} ${at(y0 + height)} ${at(x0)} ${at(y0 + height)}Z`
  );
}

/** Nodes of each column that one token passes. */
export function pathOf(routes: readonly ReadRoutes[], token: number): number[][] {
  return routes.flatMap((layer) => {
    const perGroup = layer.experts / layer.groups;
    return Array.from({ length: layer.groups }, (_, group) => {
      const own = (layer.chosen[token] ?? []).filter((expert) => Math.floor(expert / perGroup) === group);
      return own.length === 0 ? [perGroup] : own.map((expert) => expert - group * perGroup);
    });
  });
}
