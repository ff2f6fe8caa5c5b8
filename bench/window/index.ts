/**
 * The window on a busy workspace: 500 runs, one of them with 1,000,000 points of its training loss. Times from the press
 * of a key to the picture, as a user waits for it; and the frames of a drag on a model of 100 blocks. The page must have
 * been built (`npm run build`).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from '@playwright/test';
import { findChromium } from '../../scripts/chromium.ts';
import { serve } from '../../src/main/serve.ts';
import { openStore } from '../../src/main/store/index.ts';
import { newRun } from '../../src/main/store/testSupport.ts';
import type { BenchContext, Benchmark, BenchResult } from '../result.ts';
import { measureDrag } from './canvasDrag.ts';

const runCount = 500;
const pointCount = 1_000_000;
const metric = 'train/loss';

const names = ['window/run-table', 'window/curve', 'window/drag'] as const;
export const windowBench: Benchmark = { names, run };

async function run(context: BenchContext): Promise<BenchResult[]> {
  context.log(`window: ${runCount} runs, ${pointCount} points`);
  const folder = mkdtempSync(join(tmpdir(), 'finegrain-bench-'));
  try {
    const longRun = await fill(folder);
    const served = await serve({ workspace: folder, port: 0 });
    const browser = await chromium.launch({
      executablePath: findChromium()?.path,
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
    try {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      const address = new URL(served.address);
      await page.goto(served.address);
      await page.locator('.canvas').waitFor();
      const tables: number[] = [];
      const curves: number[] = [];
      for (let round = 0; round < context.rounds; round++) {
        tables.push(await firstTable(page, new URL('#/runs', address.origin).href));
        curves.push(await firstCurve(page, longRun));
      }
      return [
        result(
          'window/run-table',
          median(tables),
          'ms',
          `${runCount} runs, from opening the page to the first rows`,
        ),
        result(
          'window/curve',
          median(curves),
          'ms',
          `${pointCount} points, from choosing the run to its line`,
        ),
        ...(await dragResults()),
      ];
    } finally {
      await browser.close();
      await served.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The name of the run with all the points. */
async function fill(folder: string): Promise<string> {
  const store = openStore(folder);
  for (let index = 1; index < runCount; index++) {
    const id = store.runs.create(newRun({ name: `run ${index}` }));
    store.runs.setState(id, 'finished');
  }
  const name = 'a million points';
  const id = store.runs.create(newRun({ name }));
  for (let first = 0; first < pointCount; first += 10_000) {
    store.metrics.append(
      id,
      Array.from({ length: 10_000 }, (_, index) => {
        const step = first + index;
        const value = 3 + 4 / Math.sqrt(1 + step / 100) + Math.sin(step) / 10;
        return { name: metric, step, tokens: step * 2048, flops: step * 6e10, seconds: step * 0.35, value };
      }),
    );
    store.flush();
  }
  store.runs.setState(id, 'finished');
  await store.close();
  return name;
}

/** Milliseconds from opening the page to rows on it: script, connection, list and layout. */
async function firstTable(page: Page, address: string): Promise<number> {
  await page.goto('about:blank');
  const begun = performance.now();
  await page.goto(address);
  await page.locator('tr[data-run]').first().waitFor();
  return performance.now() - begun;
}

/** Milliseconds from the click on the run to the line of its loss. */
async function firstCurve(page: Page, name: string): Promise<number> {
  const row = page.locator('tr[data-run]').filter({ hasText: name });
  const begun = performance.now();
  await row.click();
  await page
    .getByRole('region', { name: 'Loss' })
    .locator('.scatterlayer .trace')
    .first()
    .waitFor({ state: 'attached' });
  return performance.now() - begun;
}

async function dragResults(): Promise<BenchResult[]> {
  const figures = await measureDrag();
  return Object.entries(figures).map(([size, { blocks, framesPerSecond }]) =>
    result('window/drag', framesPerSecond, 'frames/s', `a block of ${blocks} dragged, drawn at ${size}`),
  );
}

function result(name: string, value: number, unit: string, note: string): BenchResult {
  return { name, value, unit, peer: 'none', ratio: null, note };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
