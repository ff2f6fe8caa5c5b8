import { describe, expect, it } from 'vitest';
import { isBareKey, matchesShortcut, shortcutKeys } from './shortcut.ts';

const press = (
  key: string,
  modifiers: Partial<Record<'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey', boolean>> = {},
) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...modifiers,
});

describe('shortcuts', () => {
  it('compares modifiers exactly', () => {
    expect(matchesShortcut(press('z', { ctrlKey: true }), 'Ctrl+Z', false)).toBe(true);
    expect(matchesShortcut(press('Z', { ctrlKey: true, shiftKey: true }), 'Ctrl+Z', false)).toBe(false);
    expect(matchesShortcut(press('Z', { ctrlKey: true, shiftKey: true }), 'Ctrl+Shift+Z', false)).toBe(true);
    expect(matchesShortcut(press('z'), 'Ctrl+Z', false)).toBe(false);
  });
  it('takes Command for Ctrl on a Mac', () => {
    expect(matchesShortcut(press('k', { metaKey: true }), 'Ctrl+K', true)).toBe(true);
    expect(matchesShortcut(press('k', { ctrlKey: true }), 'Ctrl+K', true)).toBe(false);
    expect(shortcutKeys('Ctrl+Shift+Z', true)).toEqual(['⌘', '⇧', 'Z']);
    expect(shortcutKeys('Ctrl+K', false)).toEqual(['Ctrl', 'K']);
  });
  it('lets signs be typed with or without Shift', () => {
    expect(matchesShortcut(press('?', { shiftKey: true }), '?', false)).toBe(true);
    expect(matchesShortcut(press('/', { ctrlKey: true }), 'Ctrl+/', false)).toBe(true);
    expect(isBareKey('[')).toBe(true);
    expect(isBareKey('Ctrl+K')).toBe(false);
  });
});
