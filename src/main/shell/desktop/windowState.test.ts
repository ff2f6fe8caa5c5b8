import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserWindow } from 'electron';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keepWindowState, readWindowState } from './windowState.ts';

const screens = [{ x: 0, y: 0, width: 1920, height: 1080 }];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'finegrain-window-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function window(bounds: object, maximized = false) {
  return Object.assign(new EventEmitter(), {
    getNormalBounds: () => bounds,
    isMaximized: () => maximized,
  }) as unknown as BrowserWindow & EventEmitter;
}

test('what was kept at closing is read at the next start', () => {
  const path = join(folder, 'new', 'window.json');
  const closing = window({ x: 10, y: 20, width: 1000, height: 700 }, true);
  keepWindowState(closing, path);
  expect(readWindowState(path, screens)).toBeNull();
  closing.emit('close');
  expect(readWindowState(path, screens)).toEqual({ x: 10, y: 20, width: 1000, height: 700, maximized: true });
});

test.each([
  ['a screen that is gone', { x: 5000, y: 0, width: 1000, height: 700, maximized: false }],
  ['a title bar out of reach', { x: 0, y: -300, width: 1000, height: 700, maximized: false }],
  ['a size that is none', { x: 0, y: 0, width: 0, height: 700, maximized: false }],
  ['other JSON', ['x']],
])('%s gives the default', (_name, state) => {
  const path = join(folder, 'window.json');
  writeFileSync(path, JSON.stringify(state));
  expect(readWindowState(path, screens)).toBeNull();
});

test('a broken file gives the default, and a folder that cannot be written stops nothing', () => {
  const path = join(folder, 'window.json');
  writeFileSync(path, '{"x": 1');
  expect(readWindowState(path, screens)).toBeNull();
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const closing = window({ x: 0, y: 0, width: 500, height: 500 });
  keepWindowState(closing, join(path, 'below-a-file.json'));
  closing.emit('close');
  expect(log).toHaveBeenCalledOnce();
  log.mockRestore();
});
