/** The left-hand panel: what can be dragged onto the canvas, and whole models to start from. */
import ChevronLeft from '@mui/icons-material/ChevronLeft';
import ChevronRight from '@mui/icons-material/ChevronRight';
import IconButton from '@mui/material/IconButton';
import MenuItem from '@mui/material/MenuItem';
import Select from '@mui/material/Select';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import { useMemo } from 'react';
import { formatSI } from '../../../shared/format.ts';
import { presetGroups, presetSizes } from '../../logic/presetGroups.ts';
import { choosePreset, useDesign } from '../../state/design.ts';
import { setView, useView } from '../../state/view.ts';
import { Palette } from './canvas/Palette.tsx';

export function Library() {
  const open = useView((view) => view.presetsOpen);
  const toggle = (
    <Tooltip title={open ? 'Fold the library away' : 'Show the library'} placement="right">
      <IconButton
        aria-label={open ? 'Fold the library away' : 'Show the library'}
        aria-expanded={open}
        onClick={() => setView({ presetsOpen: !open })}
      >
        {open ? <ChevronLeft /> : <ChevronRight />}
      </IconButton>
    </Tooltip>
  );
  if (!open) return <aside className="library library-folded">{toggle}</aside>;
  return (
    <aside className="library" aria-label="Presets and blocks">
      <span className="library-fold">{toggle}</span>
      <Palette />
      <Presets />
    </aside>
  );
}

function Presets() {
  const base = useDesign((design) => design.base.name);
  const size = useView((view) => view.presetSize);
  const groups = useMemo(() => presetGroups(size), [size]);
  return (
    <>
      <div className="panel-head library-heading">
        <Typography variant="h3" component="h2">
          Presets
        </Typography>
        <span className="grow" />
        <Select
          className="small-select"
          value={size}
          onChange={(event) => setView({ presetSize: event.target.value })}
          inputProps={{ 'aria-label': 'Size of presets' }}
        >
          {presetSizes.map(({ name, label }) => (
            <MenuItem key={name} value={name}>
              {label}
            </MenuItem>
          ))}
        </Select>
      </div>
      {groups.map(({ group, title, entries }) => (
        <div key={group}>
          <h3 className="library-group">{title}</h3>
          {entries.map(({ preset, kind: colour, parameters }) => (
            <Tooltip key={preset.name} title={preset.architecture.notes} placement="right">
              <button
                type="button"
                className="library-item"
                data-preset={preset.name}
                data-kind={colour}
                aria-pressed={preset.name === base}
                onClick={() => {
                  choosePreset(preset);
                  setView({ selection: { part: 'ffn', block: 0 }, designTab: 'model' });
                }}
              >
                <i aria-hidden="true" />
                <span className="library-name">{preset.name}</span>
                <span className="number muted">{formatSI(parameters)}</span>
              </button>
            </Tooltip>
          ))}
        </div>
      ))}
    </>
  );
}
