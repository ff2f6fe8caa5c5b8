/**
 * The main job, on a real training run: a Finedeep preset, another expert layout by hand, text, training, sparsity and
 * routing as they are logged, sampled text, exported figures; every page accessible in both themes, and no complaint in
 * the console.
 */
import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { expectAccessible, inBothThemes } from './axe.ts';

test('from a preset to a figure', async ({ page, app }) => {
  await page.goto(app.address);

  await test.step('design: pick a preset and drag its experts into another layout', async () => {
    await page.locator('[data-preset="finedeep-1m"]').click();
    await expect(page.getByRole('complementary', { name: 'Inspector' })).toContainText(
      'Reconstruction: the routing and normalisation equations are ours, not confirmed against the paper.',
    );
    await expect(page.locator('.layout-equation')).toHaveText('D 384 = 2 × 4 × 48');
    const parameters = page.locator('[data-count="parameters"]');
    const preset = (await parameters.textContent()) ?? '';

    await dragTo(page, '4 × 2');
    await expect(page.locator('.layout-equation')).toHaveText('D 384 = 4 × 2 × 48');
    // Two more norm gains of 128 in each of 4 layers; the experts keep their parameters.
    await expect(parameters).toContainText('+1.02 k');
    await expect(page.locator('[data-count="KV cache per token"]')).not.toContainText('+');

    await page.keyboard.press('Control+z');
    await expect(page.locator('.layout-equation')).toHaveText('D 384 = 2 × 4 × 48');
    await expect(parameters).toHaveText(preset);
    await page.keyboard.press('Control+Shift+z');
    await expect(page.locator('.layout-equation')).toHaveText('D 384 = 4 × 2 × 48');

    await page.getByRole('slider', { name: 'Expert layout' }).focus();
    await page.keyboard.press('ArrowRight');
    await expect(page.locator('.layout-equation')).toHaveText('D 384 = 4 × 3 × 32');
    await page.keyboard.press('ArrowLeft');
    await expect(page.locator('.layout-equation')).toHaveText('D 384 = 4 × 2 × 48');
  });

  await test.step('a wrong value is named at its field, and mended by undo', async () => {
    const experts = page.getByLabel('Experts per sub-layer');
    await experts.fill('5');
    await experts.press('Enter');
    await expect(page.getByRole('alert').filter({ hasText: 'is not divisible by M*K' })).toBeVisible();
    await expect(page.locator('[data-count="parameters"]')).toContainText('–');
    await page.getByRole('button', { name: /^Undo/ }).click();
    await expect(page.locator('.layout-equation')).toHaveText('D 384 = 4 × 2 × 48');
  });

  await inBothThemes(page, (theme) => expectAccessible(page, `design, ${theme}`));

  await test.step('train: choose a text and start', async () => {
    await page.getByRole('tab', { name: 'Train' }).click();
    await expect(page.getByText('Choose a text to train on.')).toBeVisible();
    await page.getByRole('checkbox', { name: /State of the Union/ }).check();
    await page.getByLabel('Steps', { exact: true }).fill('120');
    await inBothThemes(page, (theme) => expectAccessible(page, `train, ${theme}`));
    await page.keyboard.press('Control+Enter');
  });

  const row = page.locator('tr[data-run]').first();
  await test.step('runs: loss and speed live, sparsity and load as they are logged', async () => {
    await expect(row).toContainText('finedeep-1m-4x2', { timeout: 60_000 });
    await expect(row).toHaveAttribute('data-state', /running|finished|failed/, { timeout: 120_000 });
    await expect(page.locator('.run-alert')).toHaveCount(0);
    const loss = page.getByRole('region', { name: 'Loss' });
    await expect(loss.locator('.scatterlayer .trace').first()).toBeAttached({ timeout: 60_000 });
    await expect(loss).toContainText('unigram entropy');
    await expect(page.locator('.facts')).toContainText(/tokens\/s[\d.]+/);
    await expect(
      page
        .getByRole('img', { name: /^Training speed/ })
        .locator('.scatterlayer .trace')
        .first(),
    ).toBeAttached();
    await expect(row).toHaveAttribute('data-state', 'finished', { timeout: 240_000 });

    await expect(
      page.getByRole('img', { name: /^NSAR \(our definition, tau = 0.1\) by layer and step/ }),
    ).toBeVisible();
    await expect(page.locator('.heatmaplayer image')).toBeAttached();
    await expect(page.getByRole('region', { name: 'Expert load' }).locator('.bars .point')).toHaveCount(8);
    await page.getByRole('combobox', { name: 'Threshold tau' }).click();
    await page.getByRole('option', { name: '0.5', exact: true }).click();
    await expect(page.getByRole('region', { name: 'NSAR (our definition, tau = 0.5)' })).toBeVisible();

    const [, final] =
      /training loss ([\d.]+)/.exec((await loss.locator('.plot-box').getAttribute('aria-label')) ?? '') ?? [];
    const [, entropy] = /unigram entropy ([\d.]+)/.exec((await loss.textContent()) ?? '') ?? [];
    expect(Number(final)).toBeLessThan(Number(entropy));
  });
  await inBothThemes(page, (theme) => expectAccessible(page, `runs, ${theme}`));

  await test.step('sample text from the last checkpoint', async () => {
    await page.getByRole('tab', { name: 'Checkpoints and text' }).click();
    await page.getByLabel('Prompt').fill('The state of the ');
    await page.getByLabel('Tokens').fill('40');
    await page.getByRole('button', { name: 'Sample', exact: true }).click();
    const sample = page.getByTestId('sample-text');
    await expect(sample).toContainText('The state of the ', { timeout: 30_000 });
    expect((await sample.textContent())?.length ?? 0).toBeGreaterThan('The state of the '.length + 10);
    await inBothThemes(page, (theme) => expectAccessible(page, `checkpoints, ${theme}`));
    await page.getByRole('tab', { name: 'Configuration' }).click();
    await expect(page.getByRole('region', { name: 'Architecture' })).toContainText('blocks.0.ffn.subLayers');
    await page.getByRole('tab', { name: 'Log' }).click();
    await expect(page.getByRole('list', { name: 'Log, newest last' })).toBeVisible();
    await page.getByRole('tab', { name: 'Charts' }).click();
  });

  await test.step('export a figure as svg, png and csv', async () => {
    const svg = (await saveFigure(page, 'SVG')).toString('utf8');
    expect(svg).toContain('<svg');
    const wrong = await page.evaluate(
      (text) =>
        new DOMParser().parseFromString(text, 'image/svg+xml').querySelector('parsererror')?.textContent ??
        null,
      svg,
    );
    expect(wrong).toBeNull();

    const png = await saveFigure(page, 'PNG');
    const width = await page.evaluate(async (base64) => {
      const image = new Image();
      image.src = `data:image/png;base64,${base64}`;
      await image.decode();
      return image.naturalWidth;
    }, png.toString('base64'));
    expect(width).toBeGreaterThan(500);

    const csv = (await saveFigure(page, 'CSV')).toString('utf8').trim().split('\n');
    expect(csv.length).toBeGreaterThan(100);
    expect(new Set(csv.map((line) => line.split(',').length)).size).toBe(1);
  });

  await test.step('inspect a text, look at the data', async () => {
    await page.keyboard.press('Control+4');
    await page.getByLabel('Text to read').fill('The state of the union is strong.');
    await page.getByRole('button', { name: 'Read', exact: true }).click();
    await expect(page.locator('.token').first()).toBeVisible({ timeout: 30_000 });
    await inBothThemes(page, (theme) => expectAccessible(page, `inspect, ${theme}`));
    await page.keyboard.press('Control+2');
    await expect(page.getByRole('region', { name: 'Data sets' })).toContainText('233');
    await inBothThemes(page, (theme) => expectAccessible(page, `data, ${theme}`));
  });

  await test.step('palette, help and devices', async () => {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Search or run a command' }).fill('go runs');
    await expectAccessible(page, 'palette');
    await page.keyboard.press('Enter');
    await expect(row).toBeVisible();
    await page.keyboard.press('Control+/');
    await expect(page.getByText('From a preset to a figure')).toBeVisible();
    await expectAccessible(page, 'help');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Device/ }).click();
    await expect(page.getByRole('dialog', { name: 'Devices' })).toContainText('cpu');
    await expectAccessible(page, 'devices');
    await page.getByRole('button', { name: 'Close' }).click();
  });

  await test.step('the session comes back', async () => {
    const address = page.url();
    expect(address).toMatch(/#\/runs\/\w+$/);
    await page.reload();
    await expect(page.locator('tr[data-run][aria-selected="true"]')).toContainText('finedeep-1m-4x2');
    await page.keyboard.press('Control+1');
    await expect(page.locator('.canvas')).toContainText('M 4 · K 2 · D 384');
  });
});

/** Drags the corner of the expert layout onto the dot of another layout, as a hand would: in steps. */
async function dragTo(page: Page, title: string): Promise<void> {
  const from = await centre(page.getByTestId('layout-handle'));
  const to = await centre(
    page.locator('.plane-dot').filter({ has: page.locator(`title:text-is("${title}")`) }),
  );
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 12 });
  await page.mouse.up();
}

async function centre(locator: Locator): Promise<{ x: number; y: number }> {
  const box = await locator.boundingBox();
  if (box === null) throw new Error('The element is not on the page.');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

async function saveFigure(page: Page, format: 'SVG' | 'PNG' | 'CSV'): Promise<Buffer> {
  await page.getByRole('button', { name: 'Export figure' }).click();
  const dialog = page.getByRole('dialog', { name: 'Export figure' });
  await expect(dialog.getByTestId('figure-sheet')).toBeVisible({ timeout: 30_000 });
  await dialog.getByRole('button', { name: format, exact: true }).click();
  if (format === 'SVG') await expectAccessible(page, 'figure dialog');
  const download = page.waitForEvent('download');
  await dialog.getByRole('button', { name: `Save ${format}` }).click();
  const file = await download;
  expect(file.suggestedFilename().toLowerCase()).toMatch(new RegExp(`\\.${format.toLowerCase()}$`));
  await expect(dialog).toBeHidden();
  return readFile(await file.path());
}
