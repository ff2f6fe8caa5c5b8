/** Which tokens an expert works on: token types by how often it ran for them. */
import type { ReadRoutes, ReadToken } from '../../shared/run/reading.ts';

export interface TopToken {
  readonly id: number;
  readonly token: string;
  /** Occurrences that it ran for, of all occurrences in the text. */
  readonly count: number;
  readonly of: number;
  /** Weight of its output, mean over those that it ran for. */
  readonly weight: number;
}

export function topTokens(
  routes: ReadRoutes,
  tokens: readonly ReadToken[],
  expert: number,
  most = 20,
): TopToken[] {
  const types = new Map<number, { token: string; count: number; of: number; weight: number }>();
  routes.chosen.forEach((chosen, at) => {
    const read = tokens[at];
    if (read === undefined) return;
    const type = types.get(read.id) ?? { token: read.token, count: 0, of: 0, weight: 0 };
    types.set(read.id, type);
    type.of++;
    const place = chosen.indexOf(expert);
    if (place === -1) return;
    type.count++;
    type.weight += routes.weights[at]?.[place] ?? 0;
  });
  return [...types]
    .filter(([, { count }]) => count > 0)
    .map(([id, type]) => ({ id, ...type, weight: type.weight / type.count }))
    .sort((a, b) => b.count - a.count || b.count / b.of - a.count / a.of || a.id - b.id)
    .slice(0, most);
}
