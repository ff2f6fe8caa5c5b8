import { describe, expect, it } from 'vitest';
import { colourMapNames, mapColour, paletteNames, seriesColour, seriesDash } from './colours.ts';

/** Relative luminance of sRGB (WCAG 2). */
function luminance(colour: string): number {
  const channels = [1, 3, 5].map((offset) => {
    const value = Number.parseInt(colour.slice(offset, offset + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * channels[0]! + 0.7152 * channels[1]! + 0.0722 * channels[2]!;
}

describe('palettes', () => {
  it.each(paletteNames.slice(0, 3))('%s starts with colours that show on white', (palette) => {
    for (const series of [0, 1, 2]) {
      const contrast = 1.05 / (luminance(seriesColour(series, palette)) + 0.05);
      expect(contrast).toBeGreaterThan(3);
    }
  });

  it('tell 40 series apart by colour and dash together', () => {
    const styles = Array.from({ length: 40 }, (_, series) =>
      [seriesColour(series, 'okabe-ito'), ...seriesDash(series, 1)].join(' '),
    );
    expect(new Set(styles).size).toBe(40);
  });
});

describe('colour maps', () => {
  it.each(colourMapNames)('%s hits its ends, clamps, and gets steadily lighter', (map) => {
    expect(mapColour(map, -1)).toBe(mapColour(map, 0));
    expect(mapColour(map, 2)).toBe(mapColour(map, 1));
    const lights = Array.from({ length: 65 }, (_, step) => luminance(mapColour(map, step / 64)));
    for (let step = 1; step < lights.length; step++) expect(lights[step]).toBeGreaterThan(lights[step - 1]!);
  });

  it('the diverging one is light at 0 and darkens to both sides, evenly', () => {
    const light = (share: number): number => luminance(mapColour('diverging', share));
    expect(mapColour('diverging', 0.5)).toBe('#f7f7f7');
    for (const distance of [0.1, 0.2, 0.3, 0.4, 0.5]) {
      expect(light(0.5 - distance)).toBeLessThan(light(0.6 - distance));
      expect(light(0.5 + distance)).toBeLessThan(light(0.4 + distance));
    }
  });

  it('viridis is viridis', () => {
    expect(mapColour('viridis', 0)).toBe('#440154');
    expect(mapColour('viridis', 128 / 255)).toBe('#21918c');
    expect(mapColour('viridis', 1)).toBe('#fde725');
  });
});
