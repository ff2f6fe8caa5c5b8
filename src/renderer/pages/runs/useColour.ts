/** The field that compared runs are coloured by, the same in every view of them. */
import { useCallback, useMemo } from 'react';
import { type Dimension, dimensionOf } from '../../../shared/run/parallel.ts';
import type { RunRecord } from '../../../shared/run/records.ts';
import { useScheme } from '../../charts/look.ts';
import { colourOf } from '../../logic/valueColours.ts';
import { useChartSettings } from '../../state/charts.ts';
import type { Scheme } from '../../theme.ts';
import type { Records } from './useRecords.ts';

export interface Colouring {
  readonly field: string;
  readonly dimension: Dimension;
  readonly scheme: Scheme;
  readonly of: (record: RunRecord) => string;
}

export function useColour(records: Records): Colouring {
  const { colourBy: field } = useChartSettings();
  const scheme = useScheme();
  const dimension = useMemo(
    () =>
      dimensionOf(
        field,
        records.records.map((record) => records.valueOf(record, field)),
        false,
      ),
    [field, records],
  );
  const of = useCallback(
    (record: RunRecord) => colourOf(dimension, records.valueOf(record, field), scheme),
    [dimension, records, field, scheme],
  );
  return { field, dimension, scheme, of };
}
