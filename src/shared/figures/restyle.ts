/** What a style says of a figure after it was built: colour maps, titles, letters, and which colour stands for which run. */
import { type ColourMapName, type SeriesStyle, seriesMarker } from './colours.ts';
import type { ColourScale, Figure, LegendEntry, Mark, Panel } from './spec.ts';

export interface Restyle {
  /** Absent: the builder's. Signed values always have the diverging map, 0 in its middle. */
  readonly map?: ColourMapName | undefined;
  readonly titles?: boolean | undefined;
  readonly letters?: boolean | undefined;
}

export function restyle(figure: Figure, { map, titles, letters }: Restyle): Figure {
  const lettered = letters === undefined ? figure.letters : letters && figure.panels.length > 1;
  return {
    ...figure,
    letters: lettered,
    panels: figure.panels.map((panel) => {
      const { title, colours, ...rest } = panel;
      return {
        ...rest,
        ...(title === undefined || titles === false ? {} : { title }),
        ...(colours === undefined ? {} : { colours: coloured(colours, map) }),
      };
    }),
  };
}

function coloured(colours: ColourScale, map: ColourMapName | undefined): ColourScale {
  const [low, high] = colours.domain;
  if (low < 0 && high > 0) {
    const reach = Math.max(-low, high);
    return { ...colours, map: 'diverging', domain: [-reach, reach] };
  }
  return map === undefined ? colours : { ...colours, map };
}

/** The same figure with the k-th series drawn in the style of `series[k]`. */
export function reseries(figure: Figure, series: readonly number[]): Figure {
  const styleOf = (style: SeriesStyle): SeriesStyle =>
    style === 'neutral' ? style : (series[style] ?? style);
  const mark = (drawn: Mark): Mark => {
    if (drawn.kind === 'cells' || drawn.kind === 'text') return drawn;
    const style = styleOf(drawn.series);
    // A marker follows its series too.
    const marker = 'marker' in drawn && drawn.marker !== undefined ? { marker: seriesMarker(style) } : {};
    return { ...drawn, series: style, ...marker } as Mark;
  };
  const panel = (drawn: Panel): Panel => ({ ...drawn, marks: drawn.marks.map(mark) });
  const entry = (drawn: LegendEntry): LegendEntry => {
    const style = styleOf(drawn.series);
    return {
      ...drawn,
      series: style,
      ...(drawn.marker === undefined ? {} : { marker: seriesMarker(style) }),
    };
  };
  return { ...figure, panels: figure.panels.map(panel), legend: figure.legend.map(entry) };
}
