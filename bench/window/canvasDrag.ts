/**
 * How many frames a second the architecture editor draws while a block of a model of 100 blocks is dragged, from
 * Chromium's own trace. Prints one line; `node bench/window/canvasDrag.ts`, after `npm run build`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type CDPSession, chromium, type Page } from '@playwright/test';
import { findChromium } from '../../scripts/chromium.ts';
import { serve } from '../../src/main/serve.ts';
import { findPreset } from '../../src/shared/architecture/presets.ts';
import { type FrameFigures, frameFigures, type TraceEvent } from './frames.ts';

export interface DragFigures extends FrameFigures {
  readonly blocks: number;
}

/** Drags the second block down and up for about `seconds`, at full size and zoomed out to a third. */
export async function measureDrag(
  seconds = 4,
  blocks = 100,
): Promise<Record<'full size' | 'a third of its size', DragFigures>> {
  const workspace = mkdtempSync(join(tmpdir(), 'finegrain-bench-'));
  const served = await serve({ workspace, port: 0 });
  const browser = await chromium.launch({
    executablePath: findChromium()?.path,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.addInitScript((saved) => {
      localStorage.setItem('finegrain.design', saved);
      localStorage.setItem('finegrain.tour', 'seen');
    }, savedDesign(blocks));
    await page.goto(served.address);
    await page
      .locator('.canvas .group')
      .nth(blocks - 1)
      .waitFor({ state: 'attached' });
    await page.waitForTimeout(1500);
    const session = await page.context().newCDPSession(page);
    const fullSize = await drag(page, session, seconds);
    for (let click = 0; click < 6; click++) await page.locator('.react-flow__controls-zoomout').click();
    await page.waitForTimeout(1000);
    const zoomedOut = await drag(page, session, seconds);
    return { 'full size': { ...fullSize, blocks }, 'a third of its size': { ...zoomedOut, blocks } };
  } finally {
    await browser.close();
    await served.close();
    rmSync(workspace, { recursive: true, force: true });
  }
}

/** Blocks of three kinds in turn, so that neighbours differ. */
function savedDesign(count: number): string {
  const kinds = ['dense-1m', 'finedeep-1m', 'dsmoe-1m'].map((name) => findPreset(name)!.architecture);
  const blocks = Array.from({ length: count }, (_, index) => ({
    ...kinds[index % 3]!.blocks[0]!,
    repeat: 1,
  }));
  const document = { ...kinds[0]!, name: `${count}-blocks`, blocks };
  return JSON.stringify({ document, base: { name: document.name, document } });
}

async function drag(page: Page, session: CDPSession, seconds: number): Promise<FrameFigures> {
  const box = await page.locator('.canvas .group').nth(1).boundingBox();
  if (box === null) throw new Error('The second block is not on the page.');
  // Beside its parts, where the block itself is taken.
  const [x, y] = [box.x + box.width * 0.02, box.y + box.height * 0.5];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x, y + 8, { steps: 2 });
  const send = (step: number) =>
    session.send('Input.dispatchMouseEvent', {
      type: 'mouseMoved',
      button: 'left',
      buttons: 1,
      x: x + 10 * Math.sin(step / 9),
      y: y + 60 * Math.sin(step / 23),
    });
  const events = await traced(session, async () => {
    // As a mouse does: a move every 8 ms, whether or not the page has dealt with the one before.
    const begin = performance.now();
    const sent: Promise<unknown>[] = [];
    for (let step = 0; performance.now() - begin < 1000 * seconds; step++) {
      sent.push(send(step));
      await setTimeout(Math.max(0, begin + 8 * (step + 1) - performance.now()));
    }
    await Promise.all(sent);
  });
  await page.keyboard.press('Escape');
  await page.mouse.up();
  return frameFigures(events);
}

async function traced(session: CDPSession, act: () => Promise<void>): Promise<TraceEvent[]> {
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const complete = new Promise<void>((resolve) => session.once('Tracing.tracingComplete', () => resolve()));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: {
      includedCategories: [
        'disabled-by-default-devtools.timeline.frame',
        'disabled-by-default-devtools.timeline',
        'devtools.timeline',
      ],
    },
  });
  await act();
  await session.send('Tracing.end');
  await complete;
  return events;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [view, figures] of Object.entries(await measureDrag())) {
    const { blocks, framesPerSecond, longest, late, frames, mainThread } = figures;
    console.log(
      `Dragging one of ${blocks} blocks, ${view}: ${framesPerSecond.toFixed(1)} frames/s ` +
        `(${frames} frames, longest ${longest.toFixed(1)} ms, ${(100 * late).toFixed(1)} % later than 25 ms; main thread ${mainThread.toFixed(1)} ms a frame).`,
    );
  }
}
