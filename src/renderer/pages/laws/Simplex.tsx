/** Mixtures of three data sets in a triangle: clicked to add or take out, or coloured by what was predicted of them. */
import { useRef } from 'react';
import { formatNumber } from '../../../shared/format.ts';
import { placeOf, type Shares, sharesAt, simplexHeight } from '../../logic/simplex.ts';

export interface SimplexPoint {
  readonly shares: Shares;
  /** What is said of it. */
  readonly text: string;
  /** Its fill; absent: the accent. */
  readonly colour?: string;
  readonly ringed?: boolean;
}

interface Props {
  readonly names: readonly string[];
  readonly points: readonly SimplexPoint[];
  readonly label: string;
  readonly onPick?: (shares: Shares) => void;
}

const side = 250;
const margin = { left: 46, top: 24, bottom: 26 };
const width = side + 2 * margin.left;
const height = side * simplexHeight + margin.top + margin.bottom;

export function Simplex({ names, points, label, onPick }: Props) {
  const drawing = useRef<SVGSVGElement>(null);
  const at = (shares: Shares) => {
    const { x, y } = placeOf(shares);
    return { x: margin.left + x * side, y: margin.top + (simplexHeight - y) * side };
  };
  const corners = (
    [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ] as const
  ).map(at);
  const pick = (clientX: number, clientY: number) => {
    const matrix = drawing.current?.getScreenCTM();
    if (onPick === undefined || matrix === null || matrix === undefined) return;
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(matrix.inverse());
    onPick(sharesAt({ x: (x - margin.left) / side, y: simplexHeight - (y - margin.top) / side }));
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field of shares beside it does the same by keyboard
    <svg
      ref={drawing}
      className={onPick === undefined ? 'simplex' : 'simplex simplex-open'}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={`${label} ${points.map(({ text }) => text).join('; ')}`}
      onClick={(event) => pick(event.clientX, event.clientY)}
    >
      <path d={`M${corners.map(({ x, y }) => `${x} ${y}`).join('L')}Z`} className="simplex-edge" />
      {[0.25, 0.5, 0.75].map((share) => (
        <path key={share} className="simplex-grid" d={gridLines(share, at)} />
      ))}
      <text x={corners[0]!.x} y={corners[0]!.y + 18} textAnchor="middle">
        {names[0]}
      </text>
      <text x={corners[1]!.x} y={corners[1]!.y + 18} textAnchor="middle">
        {names[1]}
      </text>
      <text x={corners[2]!.x} y={corners[2]!.y - 8} textAnchor="middle">
        {names[2]}
      </text>
      {points.map(({ shares, text, colour, ringed }) => {
        const { x, y } = at(shares);
        return (
          <circle
            key={shares.join(' ')}
            cx={x}
            cy={y}
            r={6.5}
            className={ringed === true ? 'simplex-point simplex-ringed' : 'simplex-point'}
            {...(colour === undefined ? {} : { style: { fill: colour } })}
          >
            <title>{text}</title>
          </circle>
        );
      })}
    </svg>
  );
}

function gridLines(share: number, at: (shares: Shares) => { x: number; y: number }): string {
  const rest = 1 - share;
  const lines: [Shares, Shares][] = [
    [
      [share, rest, 0],
      [share, 0, rest],
    ],
    [
      [rest, share, 0],
      [0, share, rest],
    ],
    [
      [rest, 0, share],
      [0, rest, share],
    ],
  ];
  return lines.map(([from, to]) => `M${at(from).x} ${at(from).y}L${at(to).x} ${at(to).y}`).join('');
}

export function sharesText(names: readonly string[], shares: readonly number[]): string {
  return names.map((name, at) => `${name} ${formatNumber(shares[at], 2)}`).join(', ');
}
