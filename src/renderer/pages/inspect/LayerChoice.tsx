import MenuItem from '@mui/material/MenuItem';
import Select from '@mui/material/Select';
import { setInspect, useInspect } from '../../state/inspect.ts';

/** The layer that all views of one layer show. */
export function LayerChoice({ layers }: { layers: readonly { readonly layer: number }[] }) {
  const layer = useInspect((state) => state.layer);
  if (layers.length < 2) return null;
  const value = layers.some((entry) => entry.layer === layer) ? layer : layers[0]!.layer;
  return (
    <span className="view-control">
      <span>layer</span>
      <Select
        className="view-select"
        value={String(value)}
        onChange={(event) => setInspect({ layer: Number(event.target.value), expert: null })}
        inputProps={{ 'aria-label': 'Layer' }}
      >
        {layers.map((entry) => (
          <MenuItem key={entry.layer} value={String(entry.layer)}>
            {entry.layer + 1}
          </MenuItem>
        ))}
      </Select>
    </span>
  );
}
