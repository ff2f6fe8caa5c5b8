/** Buttons and menu entries that show an action of the registry: its label, its shortcut, and why it is off. */
import Button, { type ButtonProps } from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import type { ReactNode } from 'react';
import { shortcutKeys } from '../logic/shortcut.ts';
import { action as find } from './actions.ts';
import { runAction } from './keys.ts';
import { isMac } from './registry.ts';

export function Keys({ shortcut }: { shortcut: string }) {
  return (
    <span className="keys" aria-hidden="true">
      {shortcutKeys(shortcut, isMac).map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </span>
  );
}

interface Props {
  readonly name: string;
  readonly label?: string;
  readonly icon?: ReactNode;
  readonly showKeys?: boolean;
  readonly variant?: ButtonProps['variant'];
  readonly color?: ButtonProps['color'];
}

/** Reads `enabled` on render: the parent re-renders with the state that the action depends on. */
export function ActionButton({
  name,
  label,
  icon,
  showKeys = false,
  variant = 'outlined',
  color = 'primary',
}: Props) {
  const action = find(name);
  const enabled = action.enabled();
  const why = enabled === true ? action.label : typeof enabled === 'string' ? enabled : action.label;
  return (
    <Tooltip title={<TooltipText text={why} shortcut={action.shortcut} />}>
      <span>
        <Button
          variant={variant}
          color={color}
          disabled={enabled !== true}
          startIcon={icon}
          onClick={() => runAction(action)}
          aria-keyshortcuts={action.shortcut?.replace('Ctrl', isMac ? 'Meta' : 'Control')}
        >
          {label ?? action.label}
          {showKeys && action.shortcut !== undefined && <Keys shortcut={action.shortcut} />}
        </Button>
      </span>
    </Tooltip>
  );
}

export function ActionIcon({ name, icon, label }: { name: string; icon: ReactNode; label?: string }) {
  const action = find(name);
  const enabled = action.enabled();
  return (
    <Tooltip
      title={
        <TooltipText
          text={typeof enabled === 'string' ? enabled : (label ?? action.label)}
          shortcut={action.shortcut}
        />
      }
    >
      <span>
        <IconButton
          aria-label={label ?? action.label}
          disabled={enabled !== true}
          onClick={() => runAction(action)}
        >
          {icon}
        </IconButton>
      </span>
    </Tooltip>
  );
}

function TooltipText({ text, shortcut }: { text: string; shortcut: string | undefined }) {
  return (
    <span className="tooltip-text">
      {text}
      {shortcut !== undefined && <Keys shortcut={shortcut} />}
    </span>
  );
}
