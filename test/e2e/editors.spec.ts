/**
 * The expert layout editors: each one dragged by hand and moved by keyboard, the counts and fields follow, one drag is one
 * undo entry and Escape gives it up; what real runs and texts show in them; accessible in both themes.
 */
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { expectAccessible, inBothThemes } from './axe.ts';

test('every method has an editor that is dragged, moved by keyboard, and undone', async ({ page, app }) => {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.goto(app.address);

  await test.step('finedeep: depth against width at constant parameters', async () => {
    await choose(page, 'finedeep-1m');
    const editor = page.getByRole('region', { name: 'Expert layout' });
    await editor.getByRole('button', { name: 'Parameters' }).click();
    const equation = page.locator('.layout-equation');
    const before = await fact(editor, 'Parameters of the layer').textContent();
    await page.getByRole('slider', { name: 'Expert layout' }).focus();
    await page.keyboard.press('ArrowDown');
    await expect(equation).toHaveText(/D \d+ = 3 × 4 × \d+/);
    // As near as whole units come: within 3 %.
    const number = (text: string | null) => Number.parseFloat(text ?? '');
    const after = await fact(editor, 'Parameters of the layer').textContent();
    expect(Math.abs(number(after) / number(before) - 1)).toBeLessThan(0.03);
    await page.keyboard.press('Control+z');
    await expect(equation).toHaveText('D 384 = 2 × 4 × 48');
    await expect(fact(editor, 'Speed against M = 1')).toHaveText('–');
  });

  await test.step('finedeep: an empty dot sets its layout, or queues a run of it', async () => {
    const editor = page.getByRole('region', { name: 'Expert layout' });
    await editor.getByRole('button', { name: 'Width D' }).click();
    const dot = editor
      .locator('.plane-dot')
      .filter({ has: page.locator('title', { hasText: /^4 × 4(:|$)/ }) });
    await dot.click();
    await expectAccessible(page, 'menu of a dot');
    await page.getByRole('menuitem', { name: 'Set layout' }).click();
    await expect(page.locator('.layout-equation')).toHaveText('D 384 = 4 × 4 × 24');
    await page.keyboard.press('Control+z');
    await expect(page.locator('.layout-equation')).toHaveText('D 384 = 2 × 4 × 48');

    await page.getByRole('tab', { name: 'Train' }).click();
    await page.getByRole('checkbox', { name: /State of the Union/ }).check();
    await page.getByLabel('Steps', { exact: true }).fill('4');
    await page.getByRole('tab', { name: 'Model' }).click();
    await dot.click();
    await page.getByRole('menuitem', { name: 'Queue a run' }).click();
    await expect(page.locator('.statusbar [role="status"]')).toContainText('is queued', { timeout: 60_000 });
    await expect(page.locator('.layout-equation')).toHaveText('D 384 = 2 × 4 × 48');
    // Trained, it is a dot of its own loss, and a click on it sets it at once.
    await expect(dot).toHaveClass(/plane-dot-known/, { timeout: 240_000 });
    await dot.click();
    await expect(page.locator('.layout-equation')).toHaveText('D 384 = 4 × 4 × 24');
    await page.keyboard.press('Control+z');
    // The same cost in parameters is near the same width here: the dot of the run shows there too.
    await editor.getByRole('button', { name: 'Parameters' }).click();
    await expect(dot).toHaveClass(/plane-dot-known/);
    await editor.getByRole('button', { name: 'Width D' }).click();
  });

  await test.step('dsmoe: threshold and penalty weight', async () => {
    await choose(page, 'dsmoe-1m');
    const editor = page.getByRole('region', { name: 'Threshold and sparsity' });
    await expect(editor).toContainText('No DSMoE run has logged a probe yet');
    const active = page.locator('[data-count="active per token"]');
    const before = await active.textContent();
    await drag(page, editor.getByTestId('threshold-handle'), 60, 0);
    const threshold = field(page, 'Threshold');
    await expect(threshold).not.toHaveValue('0.5');
    await expect(active).not.toHaveText(before ?? '');
    await page.keyboard.press('Control+z');
    await expect(threshold).toHaveValue('0.5');
    await expect(active).toHaveText(before ?? '');
    await drag(page, editor.getByTestId('threshold-handle'), 60, 0, 'Escape');
    await expect(threshold).toHaveValue('0.5');
    await stepBy(page, editor.getByRole('slider', { name: 'Threshold tau' }), 'ArrowRight');
    await expect(threshold).toHaveValue('0.51');
    await drag(page, editor.getByTestId('penalty-handle'), 0, 30);
    await expect(field(page, 'Penalty weight')).not.toHaveValue('1');
    await page.keyboard.press('Control+z');
    await expect(field(page, 'Penalty weight')).toHaveValue('1');
    await inBothThemes(page, (theme) => expectAccessible(page, `dsmoe editor, ${theme}`));
  });

  await test.step('cartesianmoe: the product grid', async () => {
    await choose(page, 'cartesianmoe-1m');
    const editor = page.getByRole('region', { name: 'Product of two expert sets' });
    await expect(editor.locator('.layout-equation')).toContainText('8 × 8 = 64 pairs');
    await drag(page, editor.getByTestId('count-handle'), -90, -90);
    await expect(editor.locator('.layout-equation')).not.toContainText('8 × 8');
    await page.keyboard.press('Control+z');
    await expect(editor.locator('.layout-equation')).toContainText('8 × 8 = 64 pairs');
    await stepBy(page, editor.getByRole('slider', { name: 'Sub-experts per token' }), 'ArrowRight');
    await expect(field(page, 'Sub-experts per token')).toHaveValue('3');
    await expect(editor).toContainText('No run with 8 × 8 sub-experts');
    await inBothThemes(page, (theme) => expectAccessible(page, `cartesianmoe editor, ${theme}`));
  });

  await test.step('maskmoe: real tokens, the cut and the visibility matrix', async () => {
    await choose(page, 'maskmoe-1m');
    const editor = page.getByRole('region', { name: 'Frequent and rare tokens' });
    await editor.getByRole('button', { name: 'Count tokens' }).click();
    const cut = editor.getByRole('slider', { name: 'Frequent token types' });
    await expect(cut).toBeVisible({ timeout: 60_000 });
    const rank = Number(await cut.getAttribute('aria-valuenow'));
    await drag(page, editor.getByTestId('cut-handle'), -70, 0);
    expect(Number(await cut.getAttribute('aria-valuenow'))).toBeLessThan(rank);
    await expect(field(page, 'Coverage of frequent types')).not.toHaveValue('0.8');
    await page.keyboard.press('Control+z');
    await expect(field(page, 'Coverage of frequent types')).toHaveValue('0.8');
    await stepBy(page, cut, 'ArrowRight');
    await expect(cut).toHaveAttribute('aria-valuenow', String(rank + 1));
    await editor.getByLabel('Search token types').fill('america');
    await expect(editor.getByRole('row').nth(1)).toContainText(/america/i);
    await expect(editor.getByRole('row').nth(1).locator('i.on')).toHaveCount(4);
    await inBothThemes(page, (theme) => expectAccessible(page, `maskmoe editor, ${theme}`));
  });

  await test.step('routed kinds: count, width and experts per token', async () => {
    await choose(page, 'smoe-share-1m');
    const editor = page.getByRole('region', { name: 'Experts' });
    const equation = editor.locator('.layout-equation');
    await expect(equation).toHaveText('8 × 128 + 128 shared = 1,152 units, 384 of them run');
    await drag(page, editor.getByTestId('count-handle'), 90, 0);
    await expect(equation).toHaveText('16 × 64 + 128 shared = 1,152 units, 384 of them run');
    await page.keyboard.press('Control+z');
    await expect(equation).toHaveText('8 × 128 + 128 shared = 1,152 units, 384 of them run');
    await editor.getByRole('button', { name: 'Active units' }).click();
    await stepBy(page, editor.getByRole('slider', { name: 'Number of experts' }), 'ArrowRight');
    await expect(equation).toHaveText('9 × 128 + 128 shared = 1,280 units, 384 of them run');
    await stepBy(page, editor.getByRole('slider', { name: 'Experts per token' }), 'ArrowRight');
    await expect(equation).toContainText('9 × 64');
    await editor.getByRole('button', { name: 'Nothing' }).click();
    await drag(page, editor.getByTestId('width-handle'), 0, 25);
    await expect(equation).not.toContainText('9 × 64');
    await inBothThemes(page, (theme) => expectAccessible(page, `experts editor, ${theme}`));
  });

  await test.step('uniattn: brackets over the stack', async () => {
    await choose(page, 'uniattn-1m');
    await page.getByText('Embedding', { exact: true }).first().click();
    const editor = page.getByRole('region', { name: 'Superblocks' });
    await expect(fact(editor, 'KV cache saved')).toContainText('per token');
    const before = await fact(editor, 'KV cache saved').textContent();
    await drag(page, editor.getByTestId('begin-handle'), 0, -60);
    await expect(field(page, 'Begin')).toHaveValue('0');
    await expect(fact(editor, 'KV cache saved')).not.toHaveText(before ?? '');
    await page.keyboard.press('Control+z');
    await expect(fact(editor, 'KV cache saved')).toHaveText(before ?? '');
    await stepBy(page, editor.getByRole('slider', { name: 'Begin of the range' }), 'ArrowUp');
    await expect(field(page, 'Begin')).toHaveValue('1');
    await stepBy(page, editor.getByRole('slider', { name: 'Group size' }), 'ArrowUp');
    await expect(field(page, 'Group size')).toHaveValue('2');
    await inBothThemes(page, (theme) => expectAccessible(page, `superblocks, ${theme}`));
  });

  await test.step('harpe: a base dragged becomes a list; searches run beside the page', async () => {
    await choose(page, 'harpe-1m');
    await page.locator('.canvas [data-drop="attention"] .node').first().click();
    const editor = page.getByRole('region', { name: 'Bases of the heads' });
    const first = editor.getByRole('slider', { name: 'Base of head 1' });
    await expect(first).toHaveAttribute('aria-valuetext', '1.00 M');
    await drag(page, editor.getByTestId('base-handle-0'), -30, 0);
    await expect(page.getByRole('combobox', { name: 'Base scheme' })).toHaveText('custom');
    await page.keyboard.press('Control+z');
    await expect(page.getByRole('combobox', { name: 'Base scheme' })).toHaveText('uniform ascending');
    await stepBy(page, first, 'ArrowRight');
    await expect(first).toHaveAttribute('aria-valuetext', '1.02 M');
    await page.keyboard.press('Control+z');
    await page.getByRole('combobox', { name: 'Base scheme' }).click();
    await page.getByRole('option', { name: 'coverage' }).click();
    await expect(editor.getByRole('slider', { name: 'Base of head 4' })).toBeVisible({ timeout: 60_000 });
    await inBothThemes(page, (theme) => expectAccessible(page, `bases, ${theme}`));
  });

  expect(complaints).toEqual([]);
});

test('a real run fills the editors: load of pairs, similarity of layers', async ({ page, app }) => {
  await page.goto(app.address);
  await page.keyboard.press('Control+1');
  await choose(page, 'cartesianmoe-1m');
  await page.getByRole('tab', { name: 'Train' }).click();
  const text = page.getByRole('checkbox', { name: /State of the Union|state-of-the-union/ }).first();
  await text.check();
  await page.getByLabel('Steps', { exact: true }).fill('30');
  await page.keyboard.press('Control+Enter');
  await expect(page.locator('tr[data-run]').first()).toHaveAttribute('data-state', 'finished', {
    timeout: 240_000,
  });
  await page.keyboard.press('Control+1');
  await page.getByRole('tab', { name: 'Model' }).click();
  const grid = page.getByRole('region', { name: 'Product of two expert sets' });
  await expect(grid.locator('.heat-cell')).toHaveCount(64);
  await expect(grid).toContainText('of tokens');
  await expectAccessible(page, 'pairs of a run');

  await choose(page, 'uniattn-1m');
  await page.getByText('Embedding', { exact: true }).first().click();
  const blocks = page.getByRole('region', { name: 'Superblocks' });
  await blocks.getByRole('button', { name: /^Compare the layers of cartesianmoe-1m/ }).click();
  await expect(blocks.locator('.heat-cell')).toHaveCount(16, { timeout: 60_000 });
  await expect(blocks).toContainText('Similarity of followers to their leaders');
  await expectAccessible(page, 'similarity of a run');
});

async function choose(page: Page, preset: string): Promise<void> {
  await page.getByRole('button', { name: new RegExp(`^${preset}\\b`) }).click();
}

function fact(editor: Locator, name: string): Locator {
  return editor.locator(`[data-fact="${name}"]`);
}

/** The input of the first field whose label begins so; the paper's symbol follows in the label. */
function field(page: Page, label: string): Locator {
  const own = page.locator('label', { hasText: new RegExp(`^${label}`) });
  return page.locator('.field').filter({ has: own }).first().locator('input');
}

async function stepBy(page: Page, handle: Locator, key: string): Promise<void> {
  await handle.focus();
  await page.keyboard.press(key);
}

/** Drags a handle by so many pixels, in steps as a hand would; with `Escape` the drag is given up before it ends. */
async function drag(page: Page, handle: Locator, dx: number, dy: number, end?: 'Escape'): Promise<void> {
  // The notice of a run that ended lies over the corner for some seconds; a hand waits for it, or closes it.
  await expect(page.locator('.toasts > *')).toHaveCount(0);
  const knob = handle.locator('circle');
  await knob.scrollIntoViewIfNeeded();
  const box = await knob.boundingBox();
  if (box === null) throw new Error('The handle is not on the page.');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + dx, y + dy, { steps: 10 });
  if (end !== undefined) await page.keyboard.press(end);
  await page.mouse.up();
}
