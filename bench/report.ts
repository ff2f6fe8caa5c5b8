/** Results as a table for people, as JSON for scripts, and as the page docs/bench.md. */
import { standings } from './asked.ts';
import type { Environment } from './environment.ts';
import type { BenchResult } from './result.ts';

/** Exactly the fields that scripts rely on. */
export function toJson(results: readonly BenchResult[]): string {
  const rows = results.map(({ name, value, unit, peer, ratio }) => ({ name, value, unit, peer, ratio }));
  return JSON.stringify({ results: rows });
}

/** Three significant digits, never an exponent. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

function cells(result: BenchResult): string[] {
  const { name, value, unit, peer, ratio, peerValue, note } = result;
  const compared = peerValue === undefined ? '-' : `${figure(peerValue)} ${unit}`;
  return [name, `${figure(value)} ${unit}`, peer, compared, ratio === null ? '-' : figure(ratio), note ?? ''];
}

const headings = ['benchmark', 'finegrain', 'peer', "peer's", 'ratio', 'note'];

export function toTable(results: readonly BenchResult[]): string {
  const rows = [headings, ...results.map(cells)];
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!))).join('  ');
  return [
    line(rows[0]!),
    widths.map((width) => '-'.repeat(Math.min(width, 60))).join('  '),
    ...rows.slice(1).map(line),
  ].join('\n');
}

export function toMarkdown(results: readonly BenchResult[], environment: Environment): string {
  const rows = results.map((result) => `| ${cells(result).join(' | ')} |`);
  return `# Benchmarks

Written by \`npm run bench -- --markdown docs/bench.md\`; run it to measure your machine. A ratio above 1 means that
Finegrain is better by that factor; against \`matmul-ceiling\` it is the share of the device's best matrix-product rate,
measured in the same run. Models: d 256, 4 layers, 4 heads, vocabulary 2048, FFN width 768, 8 sequences of 256 tokens a
step; Finedeep with 2 sub-layers of 4 experts, DSMoE with 8 experts, MoE with 16 experts of width 384 in every layer, top-2,
capacity dispatch at factor 1.25 (its dense dispatch is a peer of its own). A step is forward, backward, clipping and AdamW in
fp32. Both sides run in turn in processes of their own; figures are medians, with 10th and 90th percentiles in brackets.
PyTorch runs eagerly, at the fastest of the thread settings tried, with the faster of its fused and foreach AdamW.

Measured on ${environment.date} at commit ${environment.commit}: ${environment.processor}, ${environment.cores} cores,
${environment.memoryGigabytes} GB, ${environment.system}, Node ${environment.node}, ONNX Runtime ${environment.onnxRuntime}.

| ${headings.join(' | ')} |
| ${headings.map(() => '---').join(' | ')} |
${rows.join('\n')}
${askedSection(results)}`;
}

/** What was asked and what these results reach; nothing where none of it was measured. */
function askedSection(results: readonly BenchResult[]): string {
  const rows = standings(results).map(({ what, bound, limit, reached, met, missedBy }) => {
    const verdict = met ? 'met' : `**missed** by ${Math.max(1, Math.round(100 * missedBy))} %`;
    return `| ${what} | at ${bound} ${figure(limit)} | ${figure(reached)} | ${verdict} |`;
  });
  if (rows.length === 0) return '';
  return `
## Asked and reached

The project's goals for a training step on two cores. Why some are missed, and what was tried:
[bench-misses.md](bench-misses.md).

| figure | asked | reached | |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}
