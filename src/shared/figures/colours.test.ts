import { describe, expect, it } from 'vitest';
import { colourMapNames, mapColour, seriesColour, seriesDash } from './colours.ts';

/** Relative luminance of sRGB (WCAG 2). */
function luminance(colour: string): number {
  const channels = [1, 3, 5].map((offset) => {
    const value = Number.parseInt(colour.slice(offset, offset + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * channels[0]! + 0.7152 * channels[1]! + 0.0722 * channels[2]!;
}

describe('palettes', () => {
  it('start with colours that show on white', () => {
    for (const series of [0, 1, 2]) {
      const contrast = 1.05 / (luminance(seriesColour(series, 'okabe-ito')) + 0.05);
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

  it('viridis is viridis', () => {
    expect(mapColour('viridis', 0)).toBe('#440154');
    expect(mapColour('viridis', 128 / 255)).toBe('#21918c');
    expect(mapColour('viridis', 1)).toBe('#fde725');
  });
});
