/**
 * Screenshots of every page on real runs, in both themes and two window sizes.
 *
 *   node scripts/screenshots.ts            all of them into screenshots/, and the README's into docs/images/
 *   node scripts/screenshots.ts --out DIR  into another folder
 *
 * Trains three small models first (a few minutes on two cores). The page must have been built (`npm run build`).
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Page } from '@playwright/test';
import { serve } from '../src/main/serve.ts';
import { kindLabels } from '../src/renderer/logic/figures.ts';
import { findChromium } from './chromium.ts';

const { values } = parseArgs({ options: { out: { type: 'string', default: 'screenshots' } } });
const readmeImages = 'docs/images';
const methods = ['dense', 'cartesianmoe', 'finedeep'] as const;
const steps = 300;

const found = findChromium();
if (found === null) throw new Error('No Chromium: run `npx playwright install chromium`.');
for (const path of [values.out, readmeImages]) mkdirSync(path, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), 'finegrain-screenshots-'));
const served = await serve({ workspace: join(folder, 'first-lab'), port: 0 });
const browser = await chromium.launch({
  executablePath: found.path,
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});

try {
  // A browser signs in once with the token; the later windows share its cookie.
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
  const page = await context.newPage();
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
      await window.goto(new URL(served.address).origin);
      await visit(window, (name) =>
        window.screenshot({ path: join(values.out, `${name}-${width}-${theme}.png`) }),
      );
      await view.close();
    }
  }
} finally {
  await browser.close();
  await served.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Trains one method and waits; the README's picture is taken while Finedeep, the last one, is at work. */
async function train(page: Page, method: (typeof methods)[number]): Promise<void> {
  console.log(`Training ${method}-1m, ${steps} steps ...`);
  await page.keyboard.press('Control+1');
  await page.locator(`.library-item[data-kind="${method}"]`).first().click();
  await page.getByRole('button', { name: `${method}-1m` }).click();
  await page.getByRole('tab', { name: 'Train' }).click();
  const text = page.getByRole('checkbox', { name: /State of the Union/ });
  if (!(await text.isChecked())) await text.check();
  await page.getByLabel('Steps', { exact: true }).fill(String(steps));
  await page.getByRole('button', { name: /Start training/ }).click();
  const row = page.locator('tr[data-run]').filter({ hasText: `${method}-1m` });
  if (method === 'finedeep') {
    await page.waitForFunction(
      (most) => Number(document.querySelector('.facts dd')?.textContent?.split('/')[0]) > most,
      0.8 * steps,
      {
        timeout: 600_000,
      },
    );
    await page.mouse.move(720, 899);
    await page.waitForTimeout(1000);
    await page.screenshot({ path: join(readmeImages, 'runs.png') });
  }
  await row.and(page.locator('[data-state="finished"]')).waitFor({ timeout: 600_000 });
}

async function visit(page: Page, shoot: (name: string) => Promise<unknown>): Promise<void> {
  const settle = async () => {
    await page.mouse.move(720, page.viewportSize()?.height ?? 0);
    await page.waitForTimeout(900);
  };
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('button', { name: 'Design' }).click();
  await page.getByRole('tab', { name: 'Model' }).click();
  await page.getByRole('button', { name: 'finedeep-1m' }).click();
  await settle();
  await shoot('design');
  await page.getByRole('tab', { name: 'Train' }).click();
  await settle();
  await shoot('train');

  await page.keyboard.press('Control+3');
  await page.locator('tr[data-run]').first().click();
  await settle();
  await shoot('run');
  await page.getByRole('tab', { name: 'Checkpoints and text' }).click();
  await page.getByRole('button', { name: 'Sample', exact: true }).click();
  await page.getByTestId('sample-text').waitFor({ timeout: 60_000 });
  await settle();
  await shoot('sample');
  for (const method of ['dense', 'cartesianmoe']) {
    await page
      .locator('tr[data-run]')
      .filter({ hasText: `${method}-1m` })
      .click({ modifiers: ['Control'] });
  }
  await settle();
  await shoot('compare');
  await page.getByRole('button', { name: 'Export figure' }).click();
  await page.getByTestId('figure-preview').waitFor({ timeout: 60_000 });
  await settle();
  await shoot('figure');
  await page.keyboard.press('Escape');

  await page.keyboard.press('Control+4');
  await page
    .getByLabel('Text to read')
    .fill('The state of our union is strong, and the year ahead asks more of us than the last.');
  await page.getByRole('button', { name: 'Read', exact: true }).click();
  await page.locator('.token').first().waitFor({ timeout: 60_000 });
  await settle();
  await shoot('inspect');
  await page.getByRole('tab', { name: 'Routing' }).click();
  await page.getByRole('img').first().waitFor({ timeout: 60_000 });
  await page.waitForTimeout(4000);
  await settle();
  await shoot('routing');

  await page.keyboard.press('Control+6');
  await figure(page);
  await settle();
  await shoot('figures');
  await page.keyboard.press('Control+2');
  await settle();
  await shoot('data');
}

/** A figure of two panels, made once; the later windows of the same workspace find it. */
async function figure(page: Page): Promise<void> {
  const saved = page.getByTestId('figure-sheet');
  const make = page.getByRole('button', { name: 'Make a figure' });
  await saved.or(make).first().waitFor({ timeout: 60_000 });
  if (await make.isVisible()) {
    await make.click();
    for (const kind of ['loss', 'co-activation'] as const) await addPanel(page, kindLabels[kind]);
  }
  await saved.waitFor({ timeout: 60_000 });
}

async function addPanel(page: Page, label: string): Promise<void> {
  await page.getByRole('button', { name: 'Add panel…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add panel' });
  await dialog.getByRole('combobox', { name: 'Figure' }).click();
  await page.getByRole('option').filter({ hasText: label }).first().click();
  const box = dialog.getByRole('checkbox', { name: /^cartesianmoe-1m/ });
  if (!(await box.isChecked())) await box.check();
  await dialog.getByRole('button', { name: 'Add panel' }).click();
}
