/** Tokens coloured by their loss: how surprised the model was, from none (0 nats) to as much as the worst twentieth. */
import { mapColour } from '../../shared/figures/colours.ts';
import type { TokenLoss } from '../../shared/rpc/contract.ts';

/** The 95th percentile of -log p, so that one odd token does not wash all others out. At least 1 nat. */
export function lossScale(tokens: readonly TokenLoss[]): number {
  const losses = tokens.map((token) => -token.logProbability).sort((a, b) => a - b);
  return Math.max(1, losses[Math.floor(0.95 * (losses.length - 1))] ?? 1);
}

/** Background and readable text colour of a token. */
export function tokenColours(loss: number, scale: number): { background: string; text: string } {
  const share = Math.min(1, Math.max(0, loss / scale));
  const background = mapColour('cividis', share);
  const lightness = luminance(background);
  // Whichever of black and white stands out more: (l + 0.05) / 0.05 against 1.05 / (l + 0.05).
  return { background, text: (lightness + 0.05) ** 2 > 1.05 * 0.05 ? '#000000' : '#ffffff' };
}

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
