import { setChartSettings } from '../../state/charts.ts';
import { AxisPicker } from './AxisPicker.tsx';
import type { Colouring } from './useColour.ts';
import type { Records } from './useRecords.ts';

/** Chooses the field that runs are coloured by. */
export function ColourPicker({ colour, records }: { colour: Colouring; records: Records }) {
  return (
    <AxisPicker
      label="colour"
      value={colour.field}
      records={records}
      set={(field) => setChartSettings({ colourBy: field })}
    />
  );
}
