/** Where the window was, kept between starts in a small JSON file. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BrowserWindow, Rectangle } from 'electron';
import { z } from 'zod';

const stateSchema = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().min(200).max(20_000),
  height: z.int().min(200).max(20_000),
  maximized: z.boolean(),
});
export type WindowState = z.infer<typeof stateSchema>;

/** The kept state, or null: none, unreadable, or on a screen that is gone. `screens` are the work areas there are now. */
export function readWindowState(path: string, screens: readonly Rectangle[]): WindowState | null {
  let state: WindowState;
  try {
    state = stateSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null; // the first start, or a broken file: the default serves
  }
  return screens.some((screen) => overlaps(state, screen)) ? state : null;
}

/** Keeps the state whenever the window is closed. A disk that cannot be written costs the memory of the place only. */
export function keepWindowState(window: BrowserWindow, path: string): void {
  window.on('close', () => {
    const state: WindowState = { ...window.getNormalBounds(), maximized: window.isMaximized() };
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(`${path}.new`, JSON.stringify(state));
      renameSync(`${path}.new`, path);
    } catch (error) {
      console.error('The window position could not be kept:', error);
    }
  });
}

/** Enough of the title bar must be in reach to drag the window. */
function overlaps(window: Rectangle, screen: Rectangle): boolean {
  const across = Math.min(window.x + window.width, screen.x + screen.width) - Math.max(window.x, screen.x);
  return across >= 100 && window.y >= screen.y && window.y < screen.y + screen.height - 50;
}
