/**
 * The charts of runs, on two tiny real runs that differ in their seed alone: brush and zoom, the cursor that all cards
 * share, other metrics, pins and saved views; then both runs: band over seeds, differences, parallel coordinates, scatter.
 */
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { expectAccessible, inBothThemes } from './axe.ts';

const rows = (page: Page) => page.locator('tr[data-run]');
const card = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

test('charts of one run and of two seeds', async ({ page, app }) => {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.goto(app.address);

  await test.step('train two seeds of a routed model', async () => {
    await page.locator('.library-item[data-kind="cartesianmoe"]').first().click();
    await page.getByRole('tab', { name: 'Train' }).click();
    for (const box of await page.locator('.data-choice input:checked').all()) await box.uncheck();
    await page.getByRole('checkbox', { name: /State of the Union/ }).check();
    await page.getByLabel('Steps', { exact: true }).fill('30');
    await page
      .getByLabel(/^Batch/)
      .first()
      .fill('1');
    await page.keyboard.press('Control+Shift+Enter');
    const dialog = page.getByRole('dialog', { name: 'Sweep' });
    await dialog.getByLabel('Values 1').fill('0.001');
    await dialog.getByLabel('Seeds', { exact: true }).fill('2');
    await dialog.getByLabel('Name', { exact: true }).fill('seeds');
    await dialog.getByRole('button', { name: 'Queue 2 runs' }).click();
    await expect(rows(page)).toHaveCount(2);
    await expect(page.locator('tr[data-run][data-state="finished"]')).toHaveCount(2, { timeout: 240_000 });
    await rows(page).first().click();
  });

  const loss = card(page, 'Loss');
  await test.step('the cursor of one card is the cursor of all', async () => {
    await expect(loss.locator('.scatterlayer .trace').first()).toBeAttached();
    await expect(card(page, 'Gradient norm').locator('.scatterlayer .trace').first()).toBeAttached();
    await hover(page, loss, 0.5);
    await expect(loss.locator('.cursor-readings')).toContainText(/step \d+/);
    await expect(loss.locator('.cursor-readings')).toContainText('training');
    await expect(card(page, 'Training speed').locator('.cursor-readings')).toBeVisible();
    const [here, there] = await Promise.all([
      loss.locator('.cursor-readings b').textContent(),
      card(page, 'Training speed').locator('.cursor-readings b').textContent(),
    ]);
    expect(there).toBe(here);
    // By keyboard too: two steps from the first point.
    await page.mouse.move(5, 5);
    await expect(page.locator('.cursor-readings')).toHaveCount(0);
    await loss.getByRole('group', { name: /arrow keys/ }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expect(loss.locator('.cursor-readings b')).toHaveText(/step 2/);
    await page.keyboard.press('Escape');
    await expect(page.locator('.cursor-readings')).toHaveCount(0);
  });

  await test.step('brush zooms every card; double click shows all', async () => {
    const speed = card(page, 'Training speed');
    const before = await ticks(speed);
    await brush(page, loss, 0.3, 0.6);
    const chip = page.getByRole('button', { name: /^Zoomed to/ });
    await expect(chip).toBeVisible();
    await expect.poll(() => ticks(speed)).not.toEqual(before);
    await box(loss).then(({ x, y, width }) => page.mouse.dblclick(x + width / 2, y + 80));
    await expect(chip).toHaveCount(0);
    await expect.poll(() => ticks(speed)).toEqual(before);
  });

  await test.step('axes, outliers, metrics, pins', async () => {
    await page.getByRole('button', { name: 'tokens', exact: true }).click();
    await expect(loss.locator('.xtitle')).toHaveText('training tokens');
    await page.getByLabel('log x').check();
    await page.getByRole('button', { name: 'Logarithmic loss' }).click();
    await page.getByLabel('ignore outliers').check();
    await expect(loss.locator('.scatterlayer .trace').first()).toBeAttached();
    await page.getByRole('button', { name: 'Metrics', exact: true }).click();
    const picker = page.getByRole('dialog', { name: 'Metrics' });
    await picker.getByRole('checkbox', { name: 'Validation perplexity' }).check();
    await expectAccessible(page, 'metrics');
    await page.keyboard.press('Escape');
    await expect(card(page, 'Validation perplexity').locator('.scatterlayer .trace').first()).toBeAttached();
    await page.getByRole('button', { name: 'Pin Learning rate' }).click();
    await expect(page.locator('.chart-card').first()).toHaveAttribute('aria-label', 'Learning rate');
  });

  await test.step('routing over training', async () => {
    await expect(
      page.getByRole('img', { name: /^Router entropy by step\. Newest probe: layer 1/ }),
    ).toBeAttached();
    await page.getByRole('button', { name: 'active', exact: true }).click();
    await expect(card(page, 'Active experts').locator('.scatterlayer .trace').first()).toBeAttached();
    await expect(card(page, 'Choice share').locator('.heatmaplayer image')).toBeAttached();
  });
  await inBothThemes(page, (theme) => expectAccessible(page, `charts of a run, ${theme}`));

  await test.step('a view is saved, changed, and comes back; over a reload too', async () => {
    await page.getByRole('button', { name: 'Views', exact: true }).click();
    const views = page.getByRole('dialog', { name: 'Saved views' });
    await views.getByLabel('Name of this view').fill('in tokens');
    await views.getByRole('button', { name: 'Save' }).click();
    await expectAccessible(page, 'views');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'step', exact: true }).click();
    await page.getByRole('button', { name: 'Pin Learning rate' }).click();
    await expect(page.locator('.chart-card').first()).toHaveAttribute('aria-label', 'Loss');
    await page.reload();
    await expect(loss.locator('.xtitle')).toHaveText('step');
    await page.getByRole('button', { name: 'Views', exact: true }).click();
    await views.getByRole('button', { name: 'in tokens', exact: true }).click();
    await expect(loss.locator('.xtitle')).toHaveText('training tokens');
    await expect(page.locator('.chart-card').first()).toHaveAttribute('aria-label', 'Learning rate');
  });

  await test.step('two seeds: single lines, then their mean with a band', async () => {
    await rows(page)
      .nth(1)
      .click({ modifiers: ['Control'] });
    await expect(page.getByRole('list', { name: 'Lines' }).getByRole('button')).toHaveCount(2);
    // Pointing at a row makes its line stand out: the others fade.
    await rows(page).first().hover();
    await expect
      .poll(() =>
        loss
          .locator('.scatterlayer > .trace')
          .evaluateAll(
            (traces) => traces.filter((trace) => (trace as SVGElement).style.opacity === '0.14').length,
          ),
      )
      .toBeGreaterThan(0);
    await page.getByRole('combobox', { name: 'Group runs by' }).click();
    await page.getByRole('option', { name: 'seeds' }).click();
    await expect(page.getByRole('list', { name: 'Lines' })).toContainText('mean of 2');
    await page.getByRole('combobox', { name: 'Band around the mean' }).click();
    await page.getByRole('option', { name: '95 % interval of the mean' }).click();
    const drawn = loss.locator('.scatterlayer > .trace');
    await expect(drawn).toHaveCount(6); // mean and both edges of the band, of training and of validation
    await page.getByLabel('single lines').check();
    await expect(drawn).toHaveCount(10);
    await inBothThemes(page, (theme) => expectAccessible(page, `seeds, ${theme}`));
  });

  await test.step('differences, as a table and as CSV', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('tab', { name: 'Differences' }).click();
    const differences = card(page, 'Differences');
    await expect(differences).toContainText('training.seed');
    await expect(differences).not.toContainText('training.steps');
    await expect(differences.getByRole('rowheader', { name: 'parameters', exact: true })).toHaveCount(0);
    await differences.getByRole('button', { name: 'Copy as CSV' }).click();
    await expect
      .poll(() => page.evaluate(() => navigator.clipboard.readText()))
      .toMatch(/training\.seed,\d+,\d+/);
    await inBothThemes(page, (theme) => expectAccessible(page, `differences, ${theme}`));
  });

  await test.step('parallel coordinates: a brush narrows the selection', async () => {
    await page.getByRole('tab', { name: 'Parallel coordinates' }).click();
    const parallel = card(page, 'Parallel coordinates');
    await expect(parallel.locator('.parallel-line')).toHaveCount(2);
    await expect(parallel.locator('.parallel-label', { hasText: 'seed' })).toBeVisible();
    await inBothThemes(page, (theme) => expectAccessible(page, `parallel coordinates, ${theme}`));
    await parallel.getByRole('group', { name: /^seed: drag/ }).focus();
    for (let press = 0; press < 3; press++) await page.keyboard.press('ArrowUp');
    await expect(parallel.getByRole('status')).toHaveText('1 of 2 runs pass');
    await expect(parallel.locator('.parallel-line[data-passes="false"]')).toHaveCount(1);
    await page.keyboard.press('Escape');
    await expect(parallel.getByRole('status')).toHaveCount(0);
  });

  await test.step('scatter: no trend through two points', async () => {
    await page.getByRole('tab', { name: 'Scatter' }).click();
    await expect(card(page, 'Scatter').locator('.points path')).toHaveCount(2);
    await expect(page.getByTestId('trend')).toContainText('it takes three runs');
    await inBothThemes(page, (theme) => expectAccessible(page, `scatter, ${theme}`));
  });

  expect(complaints).toEqual([]);
});

async function box(region: Locator) {
  const plot = region.locator('.plot-box .nsewdrag');
  await plot.scrollIntoViewIfNeeded();
  const found = await plot.boundingBox();
  if (found === null) throw new Error('The chart is not drawn.');
  return found;
}

async function hover(page: Page, region: Locator, share: number): Promise<void> {
  const { x, y, width, height } = await box(region);
  await page.mouse.move(x + width * share, y + height / 2);
}

async function brush(page: Page, region: Locator, from: number, to: number): Promise<void> {
  const { x, y, width, height } = await box(region);
  await page.mouse.move(x + width * from, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width * to, y + height / 2 + 3, { steps: 8 });
  await page.mouse.up();
}

const ticks = (region: Locator) => region.locator('.xtick text').allTextContents();
