/** What the colours of a map mean: its ends with their unit. */
import { type ColourMapName, mapColour } from '../../../../shared/figures/colours.ts';

interface Props {
  readonly map: ColourMapName;
  readonly from: string;
  readonly to: string;
  readonly title: string;
}

export function ColourBar({ map, from, to, title }: Props) {
  const stops = Array.from({ length: 9 }, (_, index) => mapColour(map, index / 8)).join(', ');
  return (
    <p className="loss-scale small muted">
      {title}{' '}
      <span className="nowrap">
        <span className="number">{from}</span>
        <i aria-hidden="true" style={{ background: `linear-gradient(to right, ${stops})` }} />
        <span className="number">{to}</span>
      </span>
    </p>
  );
}
