/**
 * The architecture editor by hand: from an empty canvas, by drag and drop, to a started training; every gesture one undo
 * entry; a fault mended in one click; keys alone; accessible in both themes.
 */
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { expectAccessible, inBothThemes } from './axe.ts';

test('from an empty canvas to a training run', async ({ page, app }) => {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.goto(app.address);
  const blocks = page.locator('.canvas .group');
  const pattern = page.locator('.pattern-text');
  const tile = (part: string, kind: string) =>
    page.locator(`.library-item[data-part="${part}"][data-kind="${kind}"]`);
  const parts = (kind: string) => page.locator(`.canvas [data-drop="ffn"][data-kind="${kind}"]`);
  const gap = (position: number) => page.locator(`.canvas [data-drop="gap"][data-position="${position}"]`);

  await test.step('a new document: one plain block', async () => {
    await page.getByRole('button', { name: 'New document' }).click();
    await expect(blocks).toHaveCount(1);
    await expect(parts('dense')).toHaveCount(1);
    await expect(pattern).toHaveText('1 layer');
    await page.getByRole('button', { name: 'fit view' }).click();
  });

  await test.step('drop methods between blocks and on them; one undo entry each', async () => {
    await drag(page, tile('ffn', 'dsmoe'), gap(1));
    await expect(blocks).toHaveCount(2);
    await expect(pattern).toContainText('DSMoE');
    await page.keyboard.press('Control+z');
    await expect(blocks).toHaveCount(1);
    await page.keyboard.press('Control+Shift+z');
    await expect(blocks).toHaveCount(2);

    await drag(page, tile('position', 'harpe'), page.locator('.canvas [data-drop="attention"]').first());
    await expect(page.locator('.node-note').first()).toHaveText('HARPE');
    await page.keyboard.press('Control+z');
    await expect(page.locator('.node-note')).toHaveCount(0);
  });

  await test.step('a wrong place says why before the drop, and the drop changes nothing', async () => {
    await drag(page, tile('ffn', 'moe'), page.getByRole('button', { name: /^Embedding / }), async () => {
      await expect(page.locator('.held')).toContainText(
        'The embedding stays as it is: drop MoE (top-k) on a block.',
      );
    });
    await expect(page.locator('.held')).toHaveCount(0);
    await expect(parts('moe')).toHaveCount(0);
    await expect(blocks).toHaveCount(2);
  });

  await test.step('the counts follow what is held, before it is let go', async () => {
    const parameters = page.locator('[data-count="parameters"]');
    const before = (await parameters.textContent()) ?? '';
    await drag(page, tile('ffn', 'cartesianmoe'), gap(0), async () => {
      await expect(parameters).not.toHaveText(before);
      await page.keyboard.press('Escape');
    });
    await expect(parameters).toHaveText(before);
    await expect(blocks).toHaveCount(2);
  });

  await test.step('reorder by dragging', async () => {
    await page.getByRole('button', { name: 'fit view' }).click();
    await settled(page);
    const [first, second] = [await boxOf(blocks.nth(0)), await boxOf(blocks.nth(1))];
    await page.mouse.move(second.x + 8, second.y + second.height - 12);
    await page.mouse.down();
    await page.mouse.move(first.x + 8, first.y + first.height / 3, { steps: 12 });
    await expect(page.locator('.stream-open')).toHaveCount(1);
    await page.mouse.up();
    await expect(blocks.nth(0).locator('[data-drop="ffn"]')).toHaveAttribute('data-kind', 'dsmoe');
    await page.keyboard.press('Control+z');
    await expect(blocks.nth(0).locator('[data-drop="ffn"]')).toHaveAttribute('data-kind', 'dense');
  });

  await test.step('a fault shows its two shapes and is mended in one click', async () => {
    await blocks.nth(0).locator('[data-drop="attention"] .node').click();
    const heads = page.getByLabel('Heads', { exact: false }).first();
    await heads.fill('2');
    await heads.press('Enter');
    await expect(page.locator('.edge-wrong')).toHaveText('B · 128 · 64 ≠ B · 128 · 128');
    await inBothThemes(page, (theme) => expectAccessible(page, `a fault, ${theme}`));
    await page.getByRole('button', { name: 'Set head size to 64' }).click();
    await expect(page.locator('.edge-wrong')).toHaveCount(0);
    await expect(blocks.nth(0)).toContainText('2 heads × 64');
    await page.getByRole('button', { name: 'Set key/value heads to 2' }).click();
    await expect(page.locator('.node-problem')).toHaveCount(0);
    await page.keyboard.press('Control+z');
    await expect(page.locator('.node-problem')).toHaveCount(1);
    await page.keyboard.press('Control+Shift+z');
  });

  await test.step('by keys: duplicate, move, select several, copy, paste, delete', async () => {
    await blocks.nth(1).locator('[data-drop="ffn"] .node').click();
    await page.keyboard.press('Control+d');
    await expect(blocks).toHaveCount(3);
    await page.keyboard.press('Alt+ArrowUp');
    await page.keyboard.press('Alt+ArrowUp');
    await expect(blocks.nth(0).locator('[data-drop="ffn"]')).toHaveAttribute('data-kind', 'dsmoe');
    await expect(blocks.nth(0).locator('[data-drop="ffn"] .node')).toHaveAttribute('aria-pressed', 'true');
    await expect(blocks.nth(0).locator('[data-drop="ffn"] .node')).toBeFocused();
    await page.keyboard.press('ArrowDown');
    await expect(blocks.nth(1).locator('[data-drop="attention"] .node')).toBeFocused();
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Shift+ArrowDown');
    await expect(page.locator('.group[data-chosen]')).toHaveCount(2);
    await page.keyboard.press('Control+c');
    await page.keyboard.press('Control+v');
    await expect(blocks).toHaveCount(5);
    await page.keyboard.press('Delete');
    await expect(blocks).toHaveCount(3);
    await page.keyboard.press('Control+z');
    await expect(blocks).toHaveCount(5);
    await page.keyboard.press('Control+z');
    await expect(blocks).toHaveCount(3);
  });

  await test.step('repeat a block, open it, and make one of its layers different', async () => {
    await blocks.nth(1).locator('[data-drop="attention"] .node').click();
    const layers = page.getByLabel('Layers', { exact: false }).and(page.locator('input'));
    await layers.fill('3');
    await layers.press('Enter');
    await expect(blocks.nth(1)).toContainText('3 × repeated block · layers 2–4');
    await page.getByRole('button', { name: 'Open layers 2–4 one by one' }).click();
    await expect(page.locator('.layer-row')).toHaveCount(3);
    await inBothThemes(page, (theme) => expectAccessible(page, `layers, ${theme}`));
    await drag(page, tile('ffn', 'finedeep'), page.locator('.layer-row').nth(1));
    await expect(pattern).toContainText('layer 3: Finedeep');
    await expect(blocks).toHaveCount(5);
    await page.keyboard.press('Control+z');
    await expect(blocks).toHaveCount(3);
    await page
      .getByRole('toolbar', { name: 'Layers' })
      .getByRole('button', { name: /^Layer 3/ })
      .click();
    await page.getByRole('button', { name: 'Split layer off, so that it can differ' }).click();
    await expect(blocks).toHaveCount(5);
    await page.getByRole('button', { name: 'Join equal neighbours' }).click();
    await expect(blocks).toHaveCount(3);
  });

  await test.step('the view comes back after a reload', async () => {
    await page.locator('.react-flow__controls-zoomout').click();
    await settled(page);
    const transform = await page.locator('.react-flow__viewport').getAttribute('style');
    await page.waitForTimeout(500);
    await page.reload();
    await expect(blocks).toHaveCount(3);
    await expect(page.locator('.react-flow__viewport')).toHaveAttribute('style', transform ?? '');
  });

  await test.step('train it', async () => {
    await page.getByRole('tab', { name: 'Train' }).click();
    await page.getByRole('checkbox', { name: /State of the Union/ }).check();
    await page.getByLabel('Steps', { exact: true }).fill('12');
    await page.keyboard.press('Control+Enter');
    const row = page.locator('tr[data-run]').first();
    await expect(row).toContainText('untitled', { timeout: 60_000 });
    await expect(row).toHaveAttribute('data-state', 'finished', { timeout: 240_000 });
    await page.keyboard.press('Control+1');
    await expect(page.locator('[data-count="tokens/s here"]')).toContainText('~');
  });

  expect(complaints).toEqual([]);
});

/** Takes one thing to another as a hand would: in steps; `before` looks while it is still held. */
async function drag(page: Page, from: Locator, to: Locator, before?: () => Promise<void>): Promise<void> {
  await from.scrollIntoViewIfNeeded();
  await settled(page);
  const [start, end] = [await boxOf(from), await boxOf(to)];
  await page.mouse.move(start.x + 24, start.y + start.height / 2);
  await page.mouse.down();
  await page.mouse.move(end.x + end.width / 2, end.y + end.height / 2, { steps: 10 });
  await before?.();
  await page.mouse.up();
}

async function boxOf(locator: Locator) {
  const box = await locator.boundingBox();
  if (box === null) throw new Error('The element is not on the page.');
  return box;
}

/** The view has come to rest after a zoom or a fit. */
async function settled(page: Page): Promise<void> {
  const view = page.locator('.react-flow__viewport');
  let before = '';
  await expect
    .poll(async () => {
      const now = (await view.getAttribute('style')) ?? '';
      const same = now === before;
      before = now;
      return same;
    })
    .toBe(true);
}
