/** What can be done to the chosen runs, at the pointer or (menu key, Shift+F10) at the row: actions of the registry. */
import Divider from '@mui/material/Divider';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { Keys } from '../../../actions/ActionButton.tsx';
import { action } from '../../../actions/actions.ts';
import { runAction } from '../../../actions/keys.ts';
import { isEnabled } from '../../../actions/registry.ts';

export interface MenuPlace {
  readonly left: number; // px of the window
  readonly top: number;
}

const always = ['runs.rename', 'runs.inspect', 'runs.fork', 'runs.figure'];
const whenPossible = ['runs.pause', 'runs.resume', 'runs.stop', 'runs.archive', 'runs.unarchive'];

export function RowMenu({ place, close }: { place: MenuPlace | null; close: () => void }) {
  return (
    <Menu
      open={place !== null}
      onClose={close}
      anchorReference="anchorPosition"
      {...(place === null ? {} : { anchorPosition: place })}
      transitionDuration={0}
      slotProps={{
        paper: { role: 'dialog', 'aria-label': 'Actions on the selected runs' },
        list: { 'aria-label': 'Actions on the selected runs', dense: true },
      }}
    >
      {always.map((name) => item(name, close))}
      <Divider />
      {whenPossible.filter((name) => isEnabled(action(name))).map((name) => item(name, close))}
      {item('runs.delete', close)}
    </Menu>
  );
}

function item(name: string, close: () => void) {
  const chosen = action(name);
  const enabled = chosen.enabled();
  return (
    <MenuItem
      key={name}
      disabled={enabled !== true}
      title={typeof enabled === 'string' ? enabled : undefined}
      onClick={() => {
        close();
        // After the menu has given the focus back, so that an action may move it.
        setTimeout(() => runAction(chosen), 0);
      }}
    >
      <span className="menu-label">{chosen.label}</span>
      {chosen.shortcut !== undefined && <Keys shortcut={chosen.shortcut} />}
    </MenuItem>
  );
}
