/** Where the axes of a drawn plotly chart lie, so that other drawings can stand over it. */

export interface FrameAxis {
  readonly start: number; // px from the left (x) or the top (y) of the chart
  readonly length: number; // px
  readonly log: boolean;
  readonly low: number;
  readonly high: number;
}

export interface Frame {
  readonly x: FrameAxis;
  readonly y: FrameAxis;
}

interface RawAxis {
  readonly _offset: number;
  readonly _length: number;
  readonly type: string;
  readonly range: readonly [number, number];
}

/** What plotly makes of the element it draws into, as far as it is used here. */
export interface PlotElement extends HTMLDivElement {
  readonly _fullLayout: { readonly xaxis: RawAxis; readonly yaxis: RawAxis };
  on(event: 'plotly_relayout', listener: (change: Readonly<Record<string, unknown>>) => void): void;
  on(event: 'plotly_doubleclick', listener: () => void): void;
  on(
    event: 'plotly_click',
    listener: (click: { points?: readonly { customdata?: unknown }[] }) => void,
  ): void;
}

export function frameOf({ _fullLayout: { xaxis, yaxis } }: PlotElement): Frame {
  const axis = (raw: RawAxis): FrameAxis => {
    const log = raw.type === 'log';
    const [low, high] = raw.range;
    return {
      start: raw._offset,
      length: raw._length,
      log,
      low: log ? 10 ** low : low,
      high: log ? 10 ** high : high,
    };
  };
  return { x: axis(xaxis), y: axis(yaxis) };
}

/** The share of an axis at which a value lies. */
export function shareOf(axis: FrameAxis, value: number): number {
  const scaled = (number: number) => (axis.log ? Math.log10(number) : number);
  return (scaled(value) - scaled(axis.low)) / (scaled(axis.high) - scaled(axis.low));
}

export function valueAtShare(axis: FrameAxis, share: number): number {
  if (!axis.log) return axis.low + share * (axis.high - axis.low);
  return axis.low * (axis.high / axis.low) ** share;
}
