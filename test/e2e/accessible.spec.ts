/**
 * Every page, tab, menu and dialog on two really trained tiny models, in both themes: axe-core finds nothing. Tabs are
 * taken as the page offers them, so that a new one is looked at too.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { expectAccessibleInBoth } from './axe.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const trainOptions = '--data state-of-the-union --steps 20 --probe-every 10 --checkpoint-every 10';

async function finegrain(workspace: string, ...args: string[]): Promise<string> {
  const all = ['bin/finegrain.mjs', '--workspace', workspace, ...args];
  return (await promisify(execFile)(process.execPath, all, { cwd: root })).stdout;
}

/** `moe`, which drops tokens beyond its capacity, and `dsmoe`, with its gates. */
async function trainTwo(workspace: string): Promise<void> {
  const document = (await finegrain(workspace, 'arch', 'show', 'smoe-share-0.3m'))
    .replace('"dispatch": "dense"', '"dispatch": "capacity"')
    .replace('"capacityFactor": 1.25', '"capacityFactor": 1');
  const file = join(workspace, 'capacity.json');
  await writeFile(file, document);
  for (const [name, arch] of [
    ['moe', file],
    ['dsmoe', 'dsmoe-0.3m'],
  ] as const)
    await finegrain(workspace, 'train', '--arch', arch, '--name', name, ...trainOptions.split(' '));
}

test.beforeEach(async ({ app }) => {
  test.setTimeout(600_000);
  await app.stop();
  await trainTwo(app.workspace);
  await app.start();
});

const go = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Pages' }).getByRole('button', { name, exact: true }).click();

/** Nothing is being fetched or drawn. */
async function settled(page: Page): Promise<void> {
  await expect(page.locator('.MuiSkeleton-root:visible, .view-loading, .view-again')).toHaveCount(0, {
    timeout: 120_000,
  });
}

async function eachTab(page: Page, tabs: Locator, place: string, least: number): Promise<void> {
  const count = await tabs.getByRole('tab').count();
  expect(count).toBeGreaterThanOrEqual(least);
  for (let at = 0; at < count; at++) {
    const tab = tabs.getByRole('tab').nth(at);
    await tab.click();
    await settled(page);
    await expectAccessibleInBoth(page, `${place}: ${await tab.textContent()}`);
  }
}

/** Opens something over the page, looks at it, and closes it with Escape. */
async function over(page: Page, place: string, open: () => Promise<unknown>, shown: Locator): Promise<void> {
  await open();
  await expect(shown).toBeVisible();
  await settled(page);
  await expectAccessibleInBoth(page, place);
  await page.keyboard.press('Escape');
  await expect(shown).toBeHidden();
}

test('every view of Inspect', async ({ page, app }) => {
  await page.goto(app.address);
  await go(page, 'Inspect');
  await expectAccessibleInBoth(page, 'Inspect before a text');
  await choose(page, 'Run', /^moe/);
  await choose(page, 'Compare with', /^dsmoe/);
  await page.getByLabel('Text to read').fill('The state of the union is strong.');
  await page.getByRole('button', { name: 'Read', exact: true }).click();
  await expect(page.getByRole('toolbar', { name: /^Tokens read by/ })).toHaveCount(2, { timeout: 60_000 });

  await page.getByRole('button', { name: 'expert', exact: true }).click();
  await expect(page.locator('.expert-legend')).toHaveCount(2);
  await page.locator('.token').nth(4).click();
  await settled(page);
  await expectAccessibleInBoth(page, 'two runs side by side');
  // One is enough for the other views, and half the work.
  await choose(page, 'Compare with', /^nothing/);
  const tabs = page.getByRole('tablist', { name: 'Views' });
  await eachTab(page, tabs, 'Inspect', 6);

  await tabs.getByRole('tab', { name: 'Routing' }).click();
  const views = page.getByRole('group', { name: 'Routing views' }).getByRole('button');
  expect(await views.count()).toBeGreaterThanOrEqual(6);
  for (let at = 0; at < (await views.count()); at++) {
    await views.nth(at).click();
    await settled(page);
    await expectAccessibleInBoth(page, `routing: ${await views.nth(at).textContent()}`);
  }
  await views.first().click();
  await page.getByRole('button', { name: 'the probes logged' }).click();
  await expect(page.getByRole('slider', { name: 'Step of the probe' })).toBeVisible();
  await expectAccessibleInBoth(page, 'routing of the probes');

  await tabs.getByRole('tab', { name: 'Time in softmax' }).click();
  await page.getByRole('button', { name: 'Measure' }).click();
  await expect(page.getByRole('img', { name: /^Time by operator/ })).toBeVisible({ timeout: 120_000 });
  await expectAccessibleInBoth(page, 'time by operator');

  await page.getByRole('button', { name: 'Data set', exact: true }).click();
  await page.getByRole('button', { name: 'Next window' }).click();
  await expect(page.getByText('window 2 of', { exact: false }).first()).toBeVisible({ timeout: 60_000 });
  await expectAccessibleInBoth(page, 'a window of a data set');
});

test('every page, tab and dialog', async ({ page, app }) => {
  await page.goto(app.address);
  const pages = page.getByRole('navigation', { name: 'Pages' }).getByRole('button');
  expect(await pages.count()).toBeGreaterThanOrEqual(5);
  for (let at = 0; at < (await pages.count()); at++) {
    await pages.nth(at).click();
    await settled(page);
    await expectAccessibleInBoth(page, `page ${await pages.nth(at).textContent()}`);
  }

  await test.step('frame', async () => {
    const palette = page.getByRole('combobox', { name: 'Search or run a command' });
    await over(page, 'palette', () => page.keyboard.press('Control+k'), palette);
    const help = page.getByText('From a preset to a figure');
    await over(page, 'help', () => page.keyboard.press('Control+/'), help);
    const device = page.getByRole('button', { name: /^Device/ });
    await over(page, 'devices', () => device.click(), page.getByRole('dialog', { name: 'Devices' }));
    const jobs = page.getByRole('button', { name: 'No jobs' });
    await over(page, 'jobs', () => jobs.click(), page.getByRole('dialog', { name: 'Jobs' }));
    const messages = page.getByRole('button', { name: 'All messages' });
    await over(page, 'messages', () => messages.click(), page.getByRole('dialog', { name: 'Messages' }));
    await command(page, 'First steps');
    await expect(page.getByRole('dialog', { name: 'First steps' })).toBeVisible();
    await expectAccessibleInBoth(page, 'tour');
    await page.getByRole('button', { name: 'Close the tour' }).click();
  });

  await test.step('design and train', async () => {
    await go(page, 'Design');
    await eachTab(page, page.getByRole('tablist', { name: 'Inspector' }), 'design', 2);
    const sizes = page.getByRole('combobox', { name: 'Size of presets' });
    await over(page, 'sizes', () => sizes.click(), page.getByRole('listbox'));
    await page.keyboard.press('Control+s');
    await expect(page.locator('.statusbar [role="status"]')).toContainText('version 1');
    const versions = () => page.keyboard.press('Control+Shift+S');
    await over(page, 'versions', versions, page.getByRole('dialog', { name: 'Versions' }));
    await page.getByRole('tab', { name: 'Train' }).click();
    const sweep = () => page.keyboard.press('Control+Shift+Enter');
    await over(page, 'sweep', sweep, page.getByRole('dialog', { name: 'Sweep' }));
  });

  await test.step('data', async () => {
    await go(page, 'Data');
    const add = page.getByRole('region', { name: 'Data sets' }).getByRole('button', { name: 'Add text…' });
    await over(page, 'add text', () => add.click(), page.getByRole('dialog', { name: 'Add text' }));
  });

  await test.step('runs', async () => {
    await go(page, 'Runs');
    const row = (name: string) => page.locator('tr[data-run]').filter({ hasText: name });
    await row('dsmoe').click();
    await eachTab(page, page.getByRole('tablist', { name: 'Views of the run' }), 'run', 4);
    await page.getByRole('tab', { name: 'Charts' }).click();
    for (const name of ['Columns', 'Metrics', 'Saved views']) {
      const button = page.getByRole('button', { name: new RegExp(`^(${name}|Views)`) }).first();
      await over(page, name, () => button.click(), page.getByRole('dialog', { name }));
    }
    const more = page.getByRole('button', { name: 'More for Loss' });
    await over(page, 'menu of a chart', () => more.click(), page.getByRole('menu'));
    const fork = page.getByRole('button', { name: 'Fork run…' });
    await over(page, 'fork', () => fork.click(), page.getByRole('dialog', { name: /^Fork/ }));
    const figure = page.getByRole('button', { name: 'Export figure' });
    await over(
      page,
      'export',
      () => figure.first().click(),
      page.getByRole('dialog', { name: 'Export figure' }),
    );
    await page
      .locator('tr[data-run]')
      .filter({ hasNotText: 'dsmoe' })
      .first()
      .click({ modifiers: ['Control'] });
    await eachTab(page, page.getByRole('tablist', { name: 'Views of the runs' }), 'comparison', 4);
    const tags = page.getByRole('button', { name: 'Tag 2 runs' });
    await over(page, 'tags', () => tags.click(), page.getByRole('dialog', { name: 'Tag 2 runs' }));
    await row('dsmoe').click();
    await row('dsmoe').focus();
    await page.keyboard.press('Delete');
    await expect(page.locator('.toast')).toBeVisible();
    await expectAccessibleInBoth(page, 'a message with a way back');
    const trash = page.getByRole('button', { name: 'Deleted runs…' });
    await over(page, 'trash', () => trash.click(), page.getByRole('dialog', { name: 'Deleted runs' }));
  });

  await test.step('figures', async () => {
    await go(page, 'Figures');
    await page.getByRole('button', { name: 'Make a figure' }).click();
    const add = page.getByRole('button', { name: 'Add panel…' });
    const dialog = page.getByRole('dialog', { name: 'Add panel' });
    await over(page, 'add panel', () => add.click(), dialog);
    await add.click();
    await dialog.getByRole('checkbox', { name: /^moe/ }).check();
    await dialog.getByRole('button', { name: 'Add panel' }).click();
    await expect(page.getByTestId('figure-sheet')).toBeVisible({ timeout: 60_000 });
    await expectAccessibleInBoth(page, 'a figure');
  });
});

async function command(page: Page, text: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search or run a command' }).fill(text);
  await page.keyboard.press('Enter');
}

async function choose(page: Page, label: string, name: RegExp): Promise<void> {
  await page.getByRole('combobox', { name: label, exact: true }).click();
  await page.getByRole('option', { name }).first().click();
}
