/** A method has one colour everywhere: block, badge, line, legend. Pairs for light and dark; unknown kinds are slate. */
export const methodColours: Readonly<Record<string, { readonly light: string; readonly dark: string }>> = {
  dense: { light: '#64748b', dark: '#8fa0b7' },
  finedeep: { light: '#0d9488', dark: '#2dd4bf' },
  dsmoe: { light: '#ea7a1a', dark: '#f59e4b' },
  cartesianmoe: { light: '#7c4ddb', dark: '#a98bf0' },
  maskmoe: { light: '#c0358f', dark: '#e879c4' },
  moe: { light: '#2f6fd6', dark: '#6aa5f8' },
  topp: { light: '#0e86a8', dark: '#4cc3e0' },
  hash: { light: '#8a5a34', dark: '#c79a72' },
  random: { light: '#8b6f8e', dark: '#b99cbc' },
  llamamoe: { light: '#5f7d1c', dark: '#a3c15a' },
  uniattn: { light: '#a87c00', dark: '#e0b83a' },
  crossLayerKv: { light: '#7d6a3a', dark: '#bfa973' },
  pi: { light: '#5b7f86', dark: '#93b8bf' },
  yarn: { light: '#4f7a5e', dark: '#93c2a3' },
  harpe: { light: '#2f8f3e', dark: '#6fce7c' },
};

/** Rules that set `--method` by `data-kind`: to the colour of that method, in the theme that is on. */
export function methodRules(): string {
  const rule = (selector: string, colour: string) => `${selector} { --method: ${colour}; }`;
  const slate = methodColours.dense!;
  return [
    rule(':root', slate.light),
    rule(':root[data-theme="dark"]', slate.dark),
    ...Object.entries(methodColours).flatMap(([kind, { light, dark }]) => [
      rule(`[data-kind="${kind}"]`, light),
      rule(`[data-theme="dark"] [data-kind="${kind}"]`, dark),
    ]),
  ].join('\n');
}

export function methodColour(kind: string, scheme: 'light' | 'dark'): string {
  return (methodColours[kind] ?? methodColours.dense)![scheme];
}

/**
 * Runs of one method share the hue and differ in lightness and dash. `index` counts runs of that method on the chart;
 * the first keeps the method's own colour.
 */
export function runColour(
  kind: string,
  index: number,
  scheme: 'light' | 'dark',
): { colour: string; dash: 'solid' | 'dash' | 'dot' | 'dashdot' } {
  const dashes = ['solid', 'dash', 'dot', 'dashdot'] as const;
  const shift = [0, 0.35, -0.3, 0.55][index % 4] as number;
  const towards = (scheme === 'light') === shift > 0 ? 255 : 0;
  return {
    colour: mix(methodColour(kind, scheme), towards, Math.abs(shift) * 0.8),
    dash: dashes[index % 4] as 'solid',
  };
}

function mix(colour: string, towards: number, share: number): string {
  const channels = [1, 3, 5].map((offset) => Number.parseInt(colour.slice(offset, offset + 2), 16));
  return `#${channels
    .map((channel) =>
      Math.round(channel + (towards - channel) * share)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
}
