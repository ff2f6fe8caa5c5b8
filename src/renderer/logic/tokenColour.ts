/** How a token is written and coloured. */

/** Relative luminance of `#rrggbb` (WCAG 2). */
export function luminance(colour: string): number {
  const channel = (offset: number) => {
    const value = Number.parseInt(colour.slice(offset, offset + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

/** White space made visible, so that every token can be seen and pointed at. */
export function visibleToken(token: string): string {
  return token.replaceAll('\n', '⏎').replaceAll('\t', '⇥').replaceAll(' ', '·');
}
