/** Looking inside two really trained tiny models, a top-k MoE and a DSMoE: tokens, experts, views, refusals, both themes. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { expectAccessible, inBothThemes } from './axe.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

async function train(workspace: string, preset: string): Promise<void> {
  const options = ['--data', 'state-of-the-union', '--steps', '20', '--probe-every', '10'];
  const args = ['bin/finegrain.mjs', '--workspace', workspace, 'train', '--arch', preset, ...options];
  await promisify(execFile)(process.execPath, args, { cwd: root });
}

test('inside a moe and a dsmoe', async ({ page, app }) => {
  test.setTimeout(300_000);
  await app.stop();
  await train(app.workspace, 'smoe-top3-0.3m');
  await train(app.workspace, 'dsmoe-0.3m');
  await app.start();
  await page.goto(app.address);
  await page.keyboard.press('Control+4');

  await test.step('read a text; select a token, and clear it', async () => {
    await choose(page, 'Run', /^smoe-top3-0.3m/);
    await page.getByLabel('Text to read').fill('The state of the union is strong.');
    await page.getByRole('button', { name: 'Read', exact: true }).click();
    const tokens = page.locator('.token');
    await expect(tokens.first()).toBeVisible({ timeout: 60_000 });
    await tokens.nth(3).click();
    const selection = page.getByRole('region', { name: 'Selection' });
    await expect(
      selection.getByRole('list', { name: 'Most probable next tokens' }).locator('li'),
    ).toHaveCount(10);
    await page.keyboard.press('ArrowRight');
    await expect(tokens.nth(4)).toHaveAttribute('aria-pressed', 'true');
    await expect(selection).toContainText('position 5');
    await page.keyboard.press('Escape');
    await expect(page.locator('.token[aria-pressed="true"]')).toHaveCount(0);
  });

  await test.step('tokens by expert; an expert of the legend has its tokens', async () => {
    await page.getByRole('button', { name: 'expert', exact: true }).click();
    await page.locator('.expert-legend .legend-expert').first().click();
    await expect(
      page
        .getByRole('list', { name: /^Tokens of the expert/ })
        .locator('li')
        .first(),
    ).toBeVisible();
    await expect(page.locator('.token[data-ran]').first()).toBeVisible();
  });

  await test.step('two runs side by side', async () => {
    await choose(page, 'Compare with', /^dsmoe-0.3m/);
    await expect(page.getByRole('toolbar', { name: /^Tokens read by/ })).toHaveCount(2, { timeout: 60_000 });
    await expect(page.getByRole('img', { name: /^NSAR .* at .* tokens/ })).toHaveCount(2);
    await inBothThemes(page, (theme) => expectAccessible(page, `inspect sparsity, ${theme}`));
  });

  await test.step('routing: load of a logged probe, flow, robustness refused for gates', async () => {
    await page.getByRole('tab', { name: 'Routing' }).click();
    await page.getByRole('button', { name: 'the probes logged' }).click();
    await expect(page.getByRole('slider', { name: 'Step of the probe' })).toBeVisible();
    await page.getByRole('button', { name: 'Flow between layers' }).click();
    await expect(page.locator('.flow')).toHaveCount(2);
    await expect(page.locator('.flow-node').first()).toBeVisible();
    await inBothThemes(page, (theme) => expectAccessible(page, `inspect flow, ${theme}`));
    await page.getByRole('button', { name: 'Robustness' }).click();
    const card = page.getByRole('region', { name: /^Loss without each token/ });
    await expect(card.locator('.bars .point').first()).toBeAttached({ timeout: 60_000 });
    await expect(card.getByRole('alert')).toContainText('router', { timeout: 60_000 });
  });

  await test.step('gates with their threshold, attention of one head', async () => {
    await page.getByRole('tab', { name: 'Gates' }).click();
    await expect(
      page.getByRole('img', { name: /^Histogram of the gate values.*threshold 0.5/ }),
    ).toBeVisible();
    await page.getByRole('tab', { name: 'Attention' }).click();
    await expect(page.getByRole('img', { name: /^Attention of \d+ tokens in layer 1/ })).toHaveCount(2, {
      timeout: 60_000,
    });
    await inBothThemes(page, (theme) => expectAccessible(page, `inspect attention, ${theme}`));
  });
});

async function choose(page: Page, label: string, name: RegExp): Promise<void> {
  await page.getByRole('combobox', { name: label, exact: true }).click();
  await page.getByRole('option', { name }).first().click();
}
