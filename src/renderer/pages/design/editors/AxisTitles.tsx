interface Props {
  readonly frame: { readonly left: number; readonly top: number; readonly bottom: number };
  /** Right end of the axis. */
  readonly right: number;
  readonly across: string;
  readonly up: string;
}

/** What the two axes of an editor's drawing are. */
export function AxisTitles({ frame, right, across, up }: Props) {
  return (
    <g className="plane-title">
      <text x={(frame.left + right) / 2} y={frame.bottom + 33} textAnchor="middle">
        {across}
      </text>
      <text transform={`translate(9 ${(frame.top + frame.bottom) / 2}) rotate(-90)`} textAnchor="middle">
        {up}
      </text>
    </g>
  );
}
