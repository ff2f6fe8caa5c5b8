/** The laws page on a really trained small model: the handle, the table, exports, hindcasts, a study, both themes. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { expectAccessible, inBothThemes } from './axe.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

async function train(workspace: string): Promise<void> {
  const options = ['--data', 'state-of-the-union', '--steps', '200', '--batch', '2', '--context', '32'];
  const measured = ['--measure-points', '30', '--measure-sequences', '16', '--measure-share', '2'];
  const args = ['bin/finegrain.mjs', '--workspace', workspace, 'train', '--arch', 'dense-0.3m'];
  await promisify(execFile)(process.execPath, [...args, ...options, ...measured, '--name', 'measured'], {
    cwd: root,
  });
}

test('from a prefix to a prediction, a figure, hindcasts and a study', async ({ page, app }) => {
  test.setTimeout(420_000);
  await app.stop();
  await train(app.workspace);
  await app.start();
  await page.goto(app.address);
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('button', { name: 'Laws' }).click();
  const handle = page.getByRole('slider', { name: 'Prefix' });
  const panel = page.getByRole('complementary', { name: 'Prediction' });
  const predicted = panel.locator('.law-own td').first();

  await test.step('a finished run opens at 40 %, with truth, interval and trust', async () => {
    await expect(handle).toHaveAttribute('aria-valuetext', /^prefix (3|4)\d % .* of 30 checkpoints$/, {
      timeout: 60_000,
    });
    await expect(page).toHaveURL(/#\/laws/);
    await expect(panel.getByText('measured at the end')).toBeVisible();
    await expect(panel.locator('.law-own td').nth(1)).toHaveText(/^\d.*–\d/, { timeout: 60_000 });
    await expect(page.getByTestId('trust')).not.toBeEmpty();
    await expect(panel).toContainText(
      'Reconstruction: log / hyperbolic / piecewise-cosine family; equations ours.',
    );
  });

  await test.step('arrows and the mouse move the handle, and the law is refitted', async () => {
    const count = async () => Number(await handle.getAttribute('aria-valuenow'));
    const before = await count();
    await handle.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expect(handle).toHaveAttribute('aria-valuenow', String(before + 2));
    await page.keyboard.press('Home');
    await expect(handle).toHaveAttribute('aria-valuenow', '5');
    const short = await predicted.textContent();
    const box = await handle.boundingBox();
    const chart = await page.getByRole('region', { name: 'Loss against tokens' }).boundingBox();
    if (box === null || chart === null) throw new Error('The chart has no box.');
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width / 2, y);
    await page.mouse.down();
    await page.mouse.move(chart.x + chart.width * 0.85, y, { steps: 8 });
    await page.mouse.up();
    expect(await count()).toBeGreaterThan(15);
    await expect(predicted).not.toHaveText(short ?? '');
    await expect(page.getByTestId('refit')).toContainText('refitted in');
    await page.keyboard.press('[');
    await expect(handle).toHaveAttribute('aria-valuenow', /\d+/);
  });

  await test.step('a form is forced, a baseline drawn, the axis made linear; all come back after a reload', async () => {
    const lines = page.getByRole('region', { name: 'Loss against tokens' }).locator('.scatterlayer .trace');
    // The fan is drawn once the handle rests.
    await expect(panel.getByRole('table')).toHaveAttribute('aria-busy', 'false', { timeout: 60_000 });
    await expect(panel.locator('.law-own td').nth(1)).toHaveText(/\d–\d/);
    await page.waitForTimeout(500);
    const drawn = await lines.count();
    await panel.getByRole('checkbox', { name: 'Draw the logarithmic law' }).check();
    await expect(lines).toHaveCount(drawn + 1);
    await panel.getByRole('combobox', { name: 'Floor' }).click();
    await page.getByRole('option', { name: 'logarithm, then cosine' }).click();
    await page.getByRole('button', { name: 'Linear', exact: true }).click();
    const at = await handle.getAttribute('aria-valuenow');
    await page.reload();
    await expect(handle).toHaveAttribute('aria-valuenow', at ?? '', { timeout: 60_000 });
    await expect(panel.getByRole('checkbox', { name: 'Draw the logarithmic law' })).toBeChecked();
    await expect(page.getByRole('button', { name: 'Linear', exact: true })).toHaveAttribute(
      'aria-pressed',
      'true',
    );
    await page.getByRole('button', { name: 'Log', exact: true }).click();
  });

  await test.step('the panels below draw the parameters, positions and uniform learning', async () => {
    for (const name of ['Loss by position', 'Gap a0', 'Rate a1', 'Floor a2', 'Uniform learning'])
      await expect(page.getByRole('region', { name }).locator('.scatterlayer .trace').first()).toBeAttached();
    await inBothThemes(page, (theme) => expectAccessible(page, `laws prediction, ${theme}`));
  });

  await test.step('charts go to the figures page and are drawn there', async () => {
    for (const name of ['Loss against tokens', 'Loss by position', 'Gap a0', 'Uniform learning']) {
      await page.getByRole('button', { name: `Send ${name} to figures` }).click();
      await expect(page.locator('.statusbar')).toContainText('as panel');
    }
    await page.keyboard.press('Control+6');
    await expect(page.getByTestId('figure-sheet')).toBeVisible({ timeout: 60_000 });
    for (const format of ['SVG', 'PDF', 'CSV', 'TeX', 'PNG']) await exported(page, format);
    await page.keyboard.press('Control+5');
  });

  await test.step('hindcasts of the finished run, and how many runs they rest on', async () => {
    await page.getByRole('tab', { name: 'Quality' }).click();
    await expect(page.getByTestId('calibration')).toContainText('Rests on 1 run', { timeout: 60_000 });
    await expect(page.getByRole('region', { name: 'Hindcasts by run' }).getByRole('row')).toHaveCount(2);
    await inBothThemes(page, (theme) => expectAccessible(page, `laws quality, ${theme}`));
  });

  await test.step('scaling says why one run allows no fit', async () => {
    await page.getByRole('tab', { name: 'Scaling' }).click();
    await expect(page.getByRole('region', { name: 'Chinchilla' }).getByRole('alert')).toBeVisible({
      timeout: 60_000,
    });
    await inBothThemes(page, (theme) => expectAccessible(page, `laws scaling, ${theme}`));
  });

  await test.step('a study form counts its candidates and names what is missing', async () => {
    await page.getByRole('tab', { name: 'Study' }).click();
    await page.getByRole('button', { name: 'Start a study' }).click();
    const form = page.getByRole('region', { name: 'New study' });
    await expect(form.getByRole('status')).toContainText('No text is chosen');
    await form.getByRole('combobox', { name: 'Mixtures' }).click();
    await page.getByRole('option', { name: 'lattice' }).click();
    await expect(form.getByRole('group', { name: /Data sets/ })).toBeVisible();
    await inBothThemes(page, (theme) => expectAccessible(page, `laws study, ${theme}`));
  });
});

async function exported(page: Page, format: string): Promise<void> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: `Export ${format}` }).click();
  expect((await download).suggestedFilename()).toMatch(new RegExp(`\\.${format}$`, 'i'));
}
