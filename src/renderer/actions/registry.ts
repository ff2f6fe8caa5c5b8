/**
 * The one list of what can be done by name. Menus, buttons, shortcuts, the palette and tooltips read it, so that a label
 * and a shortcut are written once.
 */
import { type KeyPress, matchesShortcut } from '../logic/shortcut.ts';

export interface Action {
  readonly name: string;
  readonly label: string;
  /** Heading in palette and help. */
  readonly group: 'Go to' | 'Design' | 'Train' | 'Runs' | 'Inspect' | 'Laws' | 'Figures' | 'View';
  readonly shortcut?: string;
  /** Further shortcuts that are not shown. */
  readonly aliases?: readonly string[];
  /** A CSS selector: the shortcut is meant only while the focus lies in such an element, or nowhere. */
  readonly within?: string;
  /** false: shown dimmed in menus, not offered in the palette. A string says why. */
  readonly enabled: () => boolean | string;
  readonly run: () => void | Promise<void>;
}

export const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);

export function isEnabled(action: Action): boolean {
  return action.enabled() === true;
}

/** The first enabled action that the key press means. */
export function actionForKey(
  actions: readonly Action[],
  press: KeyPress,
  typing: boolean,
  mac = isMac,
): Action | null {
  for (const action of actions) {
    const shortcuts = [action.shortcut, ...(action.aliases ?? [])].filter(
      (shortcut) => shortcut !== undefined,
    );
    for (const shortcut of shortcuts) {
      if (typing && !shortcut.includes('+')) continue;
      if (matchesShortcut(press, shortcut, mac) && isEnabled(action)) return action;
    }
  }
  return null;
}
