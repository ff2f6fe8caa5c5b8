/**
 * Screenshots of every page and its important tabs on real runs, in both themes and two window sizes.
 *
 *   node scripts/screenshots.ts                  all of them into screenshots/, and the README's into docs/images/
 *   node scripts/screenshots.ts --out DIR        into another folder
 *   node scripts/screenshots.ts --only laws,run  these only (the scenes before are visited too)
 *   node scripts/screenshots.ts --workspace DIR  in a workspace that is kept: runs that are there are not trained again
 *
 * Trains four small models first (a few minutes on two cores). The page must have been built (`npm run build`). What is
 * photographed stands in screenshots/scenes.ts.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Page } from '@playwright/test';
import { serve } from '../src/main/serve.ts';
import { findChromium } from './chromium.ts';
import { go, row, scenes } from './screenshots/scenes.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'screenshots' },
    only: { type: 'string' },
    workspace: { type: 'string' },
  },
});
const methods = ['dense', 'cartesianmoe', 'dsmoe', 'finedeep'] as const;
const steps = 300;
/** Of 1440x900, light; `runs` is taken while a model trains. */
const readmeImages = 'docs/images';
const readmeScenes = ['design', 'inspect-load'];

const found = findChromium();
if (found === null) throw new Error('No Chromium: run `npx playwright install chromium`.');
const only = values.only?.split(',') ?? null;
for (const name of only ?? [])
  if (!scenes.some((scene) => scene.name === name))
    throw new Error(`--only ${name}: there are ${scenes.map((scene) => scene.name).join(', ')}.`);
for (const path of [values.out, readmeImages]) mkdirSync(path, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), 'finegrain-screenshots-'));
const served = await serve({ workspace: values.workspace ?? join(folder, 'first-lab'), port: 0 });
const browser = await chromium.launch({
  executablePath: found.path,
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});

try {
  // A browser signs in once with the token; the later windows share its cookie.
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
  const page = await context.newPage();
  await page.addInitScript(() => localStorage.setItem('finegrain.tour', 'seen'));
  await page.goto(served.address);
  for (const method of methods) await train(page, method);
  const cookies = await context.storageState();
  await context.close();

  for (const theme of ['light', 'dark'] as const) {
    for (const [width, height] of [
      [1440, 900],
      [1024, 700],
    ] as const) {
      const view = await browser.newContext({
        viewport: { width, height },
        colorScheme: theme,
        storageState: cookies,
      });
      const window = await view.newPage();
      window.setDefaultTimeout(60_000);
      await window.goto(new URL(served.address).origin);
      for (const { name, visit } of scenes) {
        await visit(window);
        if (only !== null && !only.includes(name)) continue;
        await settle(window);
        const path = join(values.out, `${name}-${width}-${theme}.png`);
        await window.screenshot({ path });
        if (width === 1440 && theme === 'light' && readmeScenes.includes(name))
          copyFileSync(path, join(readmeImages, `${name}.png`));
      }
      await view.close();
      console.log(`${width}x${height}, ${theme}: done.`);
    }
  }
} finally {
  await browser.close();
  await served.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Trains one method and waits; the README's picture is taken while Finedeep, the last one, is at work. */
async function train(page: Page, method: (typeof methods)[number]): Promise<void> {
  await go(page, 'Runs');
  await page.getByRole('status', { name: 'Loading the runs' }).waitFor({ state: 'detached' });
  await page.waitForTimeout(500);
  const own = row(page, method);
  if ((await own.count()) > 0) return;
  console.log(`Training ${method}-1m, ${steps} steps ...`);
  await go(page, 'Design');
  await page.getByRole('tab', { name: 'Model' }).click();
  await page.locator(`.library-item[data-kind="${method}"]`).first().click();
  await page.getByRole('button', { name: `${method}-1m` }).click();
  await page.getByRole('tab', { name: 'Train' }).click();
  const text = page.getByRole('checkbox', { name: /State of the Union/ });
  if (!(await text.isChecked())) await text.check();
  await page.getByLabel('Steps', { exact: true }).fill(String(steps));
  await page.getByRole('button', { name: /Start training/ }).click();
  if (method === 'finedeep') {
    await page.waitForFunction(
      (most) => Number(document.querySelector('.facts dd')?.textContent?.split('/')[0]) > most,
      0.8 * steps,
      { timeout: 600_000 },
    );
    await page.mouse.move(720, 899);
    await page.waitForTimeout(1000);
    await page.screenshot({ path: join(readmeImages, 'runs.png') });
  }
  await own.and(page.locator('[data-state="finished"]')).waitFor({ timeout: 600_000 });
}

/** Nothing hovered, nothing being fetched, drawn or said. */
async function settle(page: Page): Promise<void> {
  await page.mouse.move(720, page.viewportSize()?.height ?? 0);
  await page.waitForFunction(
    () => document.querySelectorAll('.view-loading, .view-again, .toast').length === 0,
    undefined,
    { timeout: 120_000 },
  );
  await page.waitForTimeout(900);
}
