/** What the colours mean: a bar with its ends, or one swatch for each category. */

import type { Dimension } from '../../../shared/run/parallel.ts';
import { formatValue } from '../../../shared/run/records.ts';
import { scaleColour } from '../../logic/layerColours.ts';
import { colourOf } from '../../logic/valueColours.ts';

export function ColourScale({
  dimension,
  label,
  scheme,
}: {
  dimension: Dimension;
  label: string;
  scheme: 'light' | 'dark';
}) {
  if (dimension.kind === 'category') {
    if (dimension.categories.length === 0)
      return <span className="muted">No run has a value of {label} to be coloured by.</span>;
    return (
      <span className="colour-scale">
        <span>{label}</span>
        {dimension.categories.slice(0, 10).map((name) => (
          <span key={name} className="colour-scale">
            <i className="colour-swatch" style={{ background: colourOf(dimension, name, scheme) }} />
            {name}
          </span>
        ))}
      </span>
    );
  }
  const stops = Array.from({ length: 6 }, (_, index) => scaleColour(index / 5, scheme));
  return (
    <span className="colour-scale">
      <span>{label}</span>
      <span className="number">{formatValue(dimension.field, dimension.from)}</span>
      <i className="colour-bar" style={{ background: `linear-gradient(90deg, ${stops.join(', ')})` }} />
      <span className="number">{formatValue(dimension.field, dimension.to)}</span>
    </span>
  );
}
