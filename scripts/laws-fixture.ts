/**
 * Writes test/fixtures/chinchilla-runs.json from the table of 245 runs that Besiroglu et al. (arXiv 2404.10102) read off
 * figure 4 of Hoffmann et al. (arXiv 2203.15556): [log10 N, log10 FLOP, loss] of each run, rounded to what the reading off
 * a figure can tell. Run `node scripts/laws-fixture.ts PATH/chinchilla-svg-extracted.csv`.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const source = process.argv[2];
if (source === undefined)
  throw new Error('Name the CSV file with columns "Model Size", "Training FLOP" and "loss".');
const [header, ...lines] = readFileSync(source, 'utf8').trim().split('\n');
const names = header!.split(',');
const column = (name: string): number => {
  const index = names.indexOf(name);
  if (index < 0) throw new Error(`${source} has no column "${name}"; it has ${names.join(', ')}.`);
  return index;
};
const [size, flops, loss] = [column('Model Size'), column('Training FLOP'), column('loss')];
const rows = lines.map((line) => {
  const cells = line.split(',').map(Number);
  return [
    Math.log10(cells[size]!).toFixed(4),
    Math.log10(cells[flops]!).toFixed(4),
    cells[loss]!.toFixed(4),
  ].map(Number);
});
const file = new URL('../test/fixtures/chinchilla-runs.json', import.meta.url);
writeFileSync(file, `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`);
console.log(`${rows.length} runs written to ${file.pathname}`);
