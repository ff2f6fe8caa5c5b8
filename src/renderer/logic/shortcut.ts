/** Keyboard shortcuts written as text: "Ctrl+Shift+Z", "Ctrl+Enter", "[", "Delete", "Space". Ctrl means Command on a Mac. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

export function matchesShortcut(press: KeyPress, shortcut: string, mac: boolean): boolean {
  const parts = shortcut.split('+');
  const key = parts.at(-1) ?? '';
  const wants = (modifier: string) => parts.slice(0, -1).includes(modifier);
  const control = mac ? press.metaKey : press.ctrlKey;
  const otherControl = mac ? press.ctrlKey : press.metaKey;
  if (control !== wants('Ctrl') || otherControl || press.altKey !== wants('Alt')) return false;
  // A sign such as "?" needs Shift on most layouts: Shift is compared for letters and named keys only.
  const isSign = key.length === 1 && !/[a-z0-9]/i.test(key);
  if (!isSign && press.shiftKey !== wants('Shift')) return false;
  return (press.key === ' ' ? 'space' : press.key.toLowerCase()) === key.toLowerCase();
}

/** As shown in menus and tooltips: ["Ctrl", "Shift", "Z"], on a Mac ["⌘", "⇧", "Z"]. */
export function shortcutKeys(shortcut: string, mac: boolean): string[] {
  const signs: Record<string, string> = mac ? { Ctrl: '⌘', Shift: '⇧', Alt: '⌥', Enter: '↩' } : {};
  return shortcut.split('+').map((part) => signs[part] ?? part);
}

/** Typing into a field must not trigger shortcuts made of bare keys. */
export function isBareKey(shortcut: string): boolean {
  return !shortcut.includes('+');
}
