/** From a real run to a figure of two panels, exported in every format; each file is opened and looked into. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inflateSync } from 'node:zlib';
import type { Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { expectAccessible, inBothThemes } from './axe.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** A tiny routed model, so that there is an expert load to draw. */
async function train(page: Page): Promise<void> {
  await page.keyboard.press('Control+1');
  await page.locator('.library-item[data-kind="finedeep"]').first().click();
  await page.getByRole('tab', { name: 'Train' }).click();
  for (const box of await page.locator('.data-choice input:checked').all()) await box.uncheck();
  await page.getByRole('checkbox', { name: /State of the Union/ }).check();
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('tiny');
  await page.getByLabel('Steps', { exact: true }).fill('12');
  await page.getByRole('button', { name: /Start training/ }).click();
  const row = page.locator('tr[data-run]').filter({ hasText: 'tiny' });
  await expect(row).toHaveAttribute('data-state', 'finished', { timeout: 180_000 });
}

async function addPanel(page: Page, kind: string): Promise<void> {
  await page.getByRole('button', { name: 'Add panel…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add panel' });
  await dialog.getByRole('combobox', { name: 'Figure' }).click();
  await page.getByRole('option', { name: kind, exact: true }).click();
  const box = dialog.getByRole('checkbox', { name: /^tiny/ });
  if (!(await box.isChecked())) await box.check();
  await dialog.getByRole('button', { name: 'Add panel' }).click();
  await expect(dialog).toBeHidden();
}

async function exportAs(page: Page, format: string, stem = 'Two-panels'): Promise<Buffer> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: `Export ${format}` }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe(`${stem}.${format.toLowerCase()}`);
  return readFile(await file.path());
}

test('two panels of a run, in every format', async ({ page, app }) => {
  await page.goto(app.address);
  await page.keyboard.press('Control+6');
  await expect(page.getByText('No figure yet.')).toBeVisible();
  await inBothThemes(page, (theme) => expectAccessible(page, `no figure, ${theme}`));
  await train(page);

  await page.keyboard.press('Control+6');
  await page.getByRole('button', { name: 'Make a figure' }).click();
  await expect(page.getByText('This figure has no panel yet.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Export PDF' })).toBeDisabled();
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Two panels');
  await page.getByRole('textbox', { name: 'Name', exact: true }).press('Enter');
  await addPanel(page, 'loss curves');
  await addPanel(page, 'expert load');
  await page.getByRole('button', { name: 'ACL page 160' }).click();
  const sheet = page.getByTestId('figure-sheet');
  await expect(sheet).toBeVisible({ timeout: 30_000 });
  await expect
    .poll(async () => Math.round(((await sheet.boundingBox())?.width ?? 0) / (96 / 25.4)))
    .toBe(160);
  await expect(page.getByRole('region', { name: 'Sources' })).toContainText('tiny');
  await inBothThemes(page, (theme) => expectAccessible(page, `figure, ${theme}`));

  const svg = (await exportAs(page, 'SVG')).toString();
  expect(svg).toContain('width="160mm"');
  for (const text of ['(a)', '(b)', 'Training tokens', 'tiny (reconstruction)']) {
    expect(svg).toContain(`>${text}</text>`);
  }

  const pdf = (await exportAs(page, 'PDF')).toString('latin1');
  expect(pdf).toMatch(/^%PDF-1\./);
  expect(pdf).toMatch(/\/FontName \/[A-Z]{6}\+Inter-Regular/);
  expect(pdf).toContain('/FontFile2');
  expect(pdf).not.toContain('/Subtype /Image');

  await page.getByRole('textbox', { name: 'Resolution' }).fill('200');
  const png = await exportAs(page, 'PNG');
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  expect(png.readUInt32BE(16)).toBe(Math.round((160 / 25.4) * 200));

  const csv = (await exportAs(page, 'CSV')).toString();
  const [header = '', ...rows] = csv.trim().split('\r\n');
  expect(header.split(',').slice(0, 3)).toEqual(['panel', 'run', 'name']);
  expect(header).toContain('loss (nats/token)');
  expect(header).toContain('load (share of summed gates)');
  expect(new Set(rows.map((row) => row.split(',')[0]))).toEqual(new Set(['a', 'b']));

  const tex = (await exportAs(page, 'TeX')).toString();
  expect(tex).toContain('\\documentclass{standalone}');
  expect(tex.match(/\\begin\{axis\}/g)?.length).toBe(tex.match(/\\end\{axis\}/g)?.length);
  expect(tex).toContain('Training tokens');
  await compiles(tex);

  // Deleted, brought back as it was.
  await page.getByRole('button', { name: 'Delete Two panels' }).click();
  await expect(page.getByText('No figure yet.')).toBeVisible();
  await page.getByRole('region', { name: 'Messages' }).getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('button', { name: 'Change panel (b)' })).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Width', exact: true })).toHaveValue('160');

  // One change is one entry.
  await page.getByRole('button', { name: 'Remove panel (b)' }).click();
  await expect(page.getByRole('button', { name: 'Change panel (b)' })).toHaveCount(0);
  await page.keyboard.press('Control+z');
  await expect(page.getByRole('button', { name: 'Change panel (b)' })).toBeVisible();

  // E sends the chart of the selected run.
  await page.keyboard.press('Control+3');
  await page.locator('tr[data-run]').filter({ hasText: 'tiny' }).click();
  await page.keyboard.press('e');
  await page.getByRole('region', { name: 'Messages' }).getByRole('button', { name: 'Open' }).click();
  await expect(page.getByRole('button', { name: 'Change panel (c)' })).toBeVisible();
  await expect(page.getByText('All changes saved')).toBeVisible();
  await page.reload();
  await expect(page.getByRole('button', { name: 'Change panel (c)' })).toBeVisible();
});

test('charts of runs and of Inspect are sent; panels are dragged and moved by keys; rulers stay', async ({
  page,
  app,
}) => {
  test.setTimeout(300_000);
  await app.stop();
  for (const preset of ['smoe-top3-0.3m', 'dsmoe-0.3m']) {
    const options = ['--data', 'state-of-the-union', '--steps', '20', '--probe-every', '10'];
    const args = ['bin/finegrain.mjs', '--workspace', app.workspace, 'train', '--arch', preset, ...options];
    await run(process.execPath, args, { cwd: root });
  }
  await app.start();
  await page.goto(app.address);
  let sent = 0;
  const send = async (chart: string | RegExp) => {
    const name = typeof chart === 'string' ? `Send ${chart} to figures` : chart;
    await page.getByRole('button', { name }).first().click({ timeout: 60_000 });
    sent++;
    const letter = `(${String.fromCharCode(96 + sent)})`;
    await expect(page.getByRole('region', { name: 'Messages' })).toContainText(`as panel ${letter}`);
  };

  await test.step('from Inspect, of a passage', async () => {
    await page.keyboard.press('Control+4');
    await page.getByRole('combobox', { name: 'Run', exact: true }).click();
    await page
      .getByRole('option', { name: /^dsmoe-0.3m/ })
      .first()
      .click();
    await page.getByLabel('Text to read').fill('The state of the union is strong.');
    await page.getByRole('button', { name: 'Read', exact: true }).click();
    await expect(page.locator('.token').first()).toBeVisible({ timeout: 60_000 });
    await send(/^Send NSAR by layer and token/);
    await send('Activations SiLU(x Wg), layer 1');
    await page.getByRole('tab', { name: 'Routing' }).click();
    await page.getByRole('button', { name: 'Flow between layers' }).click();
    await send('Flow of tokens between experts');
    await page.getByRole('tab', { name: 'Gates' }).click();
    await send('Gate values, layer 1');
    await page.getByRole('tab', { name: 'Attention' }).click();
    await send('How far back each head looks');
    await send('Attention map, layer 1, head 1');
  });

  await test.step('from runs, over training and over their fields', async () => {
    await page.keyboard.press('Control+3');
    const rows = page.locator('tr[data-run]');
    await rows.filter({ hasText: 'smoe-top3' }).first().click();
    await send('router entropy');
    await send('choice share');
    for (const box of await rows.getByRole('checkbox').all()) await box.check();
    await page.getByRole('tab', { name: 'Parallel coordinates' }).click();
    await send('parallel coordinates');
    await page.getByRole('tab', { name: 'Scatter' }).click();
    await send('scatter');
  });

  await page.keyboard.press('Control+6');
  const panels = page.getByRole('region', { name: 'Panels' });
  const open = panels.getByRole('button', { name: /^Change panel/ });
  await expect(open).toHaveCount(10);
  const sheet = page.getByTestId('figure-sheet');
  await expect(sheet).toBeVisible({ timeout: 60_000 });
  await inBothThemes(page, (theme) => expectAccessible(page, `figure of ten panels, ${theme}`));

  await test.step('a panel is dragged below the third, and moved back by keys', async () => {
    await expect(open.first()).toContainText('NSAR by layer and token');
    const grip = panels.getByRole('button', { name: 'Move panel (a): drag, or arrow keys' });
    const [from, to] = [await grip.boundingBox(), await open.nth(2).boundingBox()];
    await page.mouse.move(from!.x + from!.width / 2, from!.y + from!.height / 2);
    await page.mouse.down();
    await page.mouse.move(from!.x + 4, to!.y + to!.height - 2, { steps: 6 });
    await expect(panels.locator('li[data-target="below"]')).toHaveCount(1);
    await page.mouse.up();
    await expect(open.nth(2)).toContainText('NSAR by layer and token');
    await expect(open.first()).toContainText('activations of a layer');
    await panels.getByRole('button', { name: 'Move panel (c): drag, or arrow keys' }).focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await expect(open.first()).toContainText('NSAR by layer and token');
    await expect(panels.getByRole('button', { name: 'Move panel (a): drag, or arrow keys' })).toBeFocused();
  });

  await test.step('the ruler stays while the sheet scrolls', async () => {
    const scroll = page.getByRole('region', { name: 'Preview' });
    await expect(scroll).toHaveAttribute('aria-busy', 'false', { timeout: 60_000 });
    await scroll.evaluate((element) => element.scrollTo(0, 300));
    await expect
      .poll(async () => (await sheet.boundingBox())!.y)
      .toBeLessThan((await scroll.boundingBox())!.y);
    const ruler = await page.locator('.ruler-top').boundingBox();
    expect(Math.abs(ruler!.y - (await scroll.boundingBox())!.y)).toBeLessThan(2);
  });

  const svg = (await exportAs(page, 'SVG', 'Figure-1')).toString();
  for (const text of ['(j)', 'Tokens', 'Head', 'Entropy of routing', 'Mean gate']) {
    expect(svg).toContain(text);
  }
  await compiles((await exportAs(page, 'TeX', 'Figure-1')).toString(), 139);
});

/** Where TeX is present. */
async function compiles(tex: string, widthMm = 160): Promise<void> {
  const found = await run('kpsewhich', ['standalone.cls', 'pgfplots.sty']).then(
    ({ stdout }) => stdout.trim().split('\n').length === 2,
    () => false,
  );
  if (!found) return;
  const folder = await mkdtemp(join(tmpdir(), 'finegrain-tex-'));
  try {
    await writeFile(join(folder, 'figure.tex'), tex);
    await run('pdflatex', ['-interaction=nonstopmode', '-halt-on-error', 'figure.tex'], { cwd: folder });
    const pdf = await readFile(join(folder, 'figure.pdf'));
    expect(pageWidth(pdf)).toBeCloseTo((widthMm / 25.4) * 72, 0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of the first page, in points. Page objects of pdflatex lie in compressed object streams. */
function pageWidth(pdf: Buffer): number {
  const text = pdf.toString('latin1');
  const boxed = /\/MediaBox\s*\[\s*0 0 ([\d.]+)/;
  const plain = boxed.exec(text);
  if (plain !== null) return Number(plain[1]);
  for (const match of text.matchAll(/stream\r?\n/g)) {
    const start = match.index + match[0].length;
    try {
      const found = boxed.exec(inflateSync(pdf.subarray(start), { finishFlush: 2 }).toString('latin1'));
      if (found !== null) return Number(found[1]);
    } catch {
      // Not a deflated stream.
    }
  }
  return Number.NaN;
}
