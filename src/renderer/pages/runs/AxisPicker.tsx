/** A field by name, from the settings and results in which the runs differ; whether its axis is logarithmic. */
import ListSubheader from '@mui/material/ListSubheader';
import MenuItem from '@mui/material/MenuItem';
import Select from '@mui/material/Select';
import ToggleButton from '@mui/material/ToggleButton';
import { fieldLabel } from '../../../shared/run/records.ts';
import type { Records } from './useRecords.ts';

interface Props {
  readonly label: string;
  readonly value: string;
  readonly records: Records;
  readonly set: (field: string) => void;
  /** undefined: no choice of scale. */
  readonly log?: boolean;
  readonly setLog?: (log: boolean) => void;
}

export function AxisPicker({ label, value, records, set, log, setLog }: Props) {
  const names = [...records.settings, ...records.results];
  return (
    <span className="control">
      <span>{label}</span>
      <Select
        className="small-select"
        displayEmpty
        value={names.includes(value) ? value : ''}
        onChange={(event) => set(event.target.value)}
        renderValue={(shown) => (shown === '' ? 'choose' : fieldLabel(shown))}
        inputProps={{ 'aria-label': label }}
      >
        {records.results.length > 0 && <ListSubheader>Results</ListSubheader>}
        {records.results.map((name) => (
          <MenuItem key={name} value={name}>
            {fieldLabel(name)}
          </MenuItem>
        ))}
        {records.settings.length > 0 && <ListSubheader>Settings</ListSubheader>}
        {records.settings.map((name) => (
          <MenuItem key={name} value={name}>
            {fieldLabel(name)}
          </MenuItem>
        ))}
      </Select>
      {setLog !== undefined && (
        <ToggleButton
          size="small"
          value="log"
          className="log-toggle"
          selected={log === true}
          onChange={() => setLog(log !== true)}
          aria-label={`Logarithmic ${label}`}
        >
          log
        </ToggleButton>
      )}
    </span>
  );
}
