/** Addresses inside the page: `#/runs/r7k2m9`, `#/inspect/r7k2m9/400`, `#/design`. */
export const pages = ['design', 'data', 'runs', 'inspect', 'laws', 'figures'] as const;
export type Page = (typeof pages)[number];

export interface Target {
  readonly page: Page;
  readonly run: string | null;
  readonly step: number | null;
}

/** null where the address names no page of ours. */
export function parseHash(hash: string): Target | null {
  const [page, run, step] = hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);
  const known = pages.find((candidate) => candidate === page);
  if (known === undefined) return null;
  const number = step === undefined || !/^\d+$/.test(step) ? null : Number(step);
  return { page: known, run: run === undefined || run === '' ? null : run, step: number };
}

export function formatHash(target: Target): string {
  const parts: string[] = [target.page];
  if (target.run !== null) parts.push(encodeURIComponent(target.run));
  if (target.run !== null && target.step !== null) parts.push(String(target.step));
  return `#/${parts.join('/')}`;
}
