import type { Command } from 'commander';
import { type Counts, countArchitecture } from '../../../shared/architecture/counts.ts';
import { checkArchitecture, describeProblem, parseArchitecture } from '../../../shared/architecture/parse.ts';
import { presets } from '../../../shared/architecture/presets.ts';
import { FinegrainError, type Problem } from '../../../shared/errors.ts';
import { formatBytes, formatInteger, formatSI } from '../../../shared/format.ts';
import { type CliContext, parse } from '../context.ts';
import { readDocument } from '../documents.ts';
import { pairs, table } from '../table.ts';

/** `arch presets | show | check | count`: architecture documents. Opens no workspace. */
export function archCommand(program: Command, context: CliContext): void {
  const arch = program.command('arch').description('architecture documents: presets, validation, counts');

  arch
    .command('presets')
    .description('list the presets')
    .action(() => {
      const rows = presets.map(({ name, kind, device, architecture }) => {
        const { parameters } = countArchitecture(architecture);
        const { vocabulary, width, context: length } = architecture;
        return {
          name,
          kind,
          device,
          parameters: parameters.total,
          activeParameters: parameters.active,
          vocabulary,
          width,
          context: length,
        };
      });
      context.terminal.result({ presets: rows }, () =>
        table(
          rows,
          [
            { title: 'preset', text: (row) => row.name },
            { title: 'FFN', text: (row) => row.kind },
            { title: 'for', text: (row) => row.device },
            { title: 'parameters', text: (row) => formatSI(row.parameters), align: 'right' },
            { title: 'active', text: (row) => formatSI(row.activeParameters), align: 'right' },
            { title: 'vocabulary', text: (row) => formatInteger(row.vocabulary), align: 'right' },
            { title: 'width', text: (row) => String(row.width), align: 'right' },
            { title: 'context', text: (row) => formatInteger(row.context), align: 'right' },
          ],
          'There are no presets.',
        ),
      );
    });

  arch
    .command('show')
    .description('print a document')
    .argument('<architecture>', 'preset or file')
    .action((name: string) => {
      const document = parseArchitecture(readDocument(name));
      context.terminal.result(document, () => JSON.stringify(document, null, 2));
    });

  arch
    .command('check')
    .description('validate a document')
    .argument('<architecture>', 'preset or file')
    .action((name: string) => {
      const problems = problemsOf(name);
      const valid = problems.length === 0;
      context.terminal.result({ valid, problems }, () =>
        valid ? `${name} is valid.` : problems.map(describeProblem).join('\n'),
      );
      if (!valid) process.exitCode = 1;
    });

  arch
    .command('count')
    .description('count parameters, FLOPs and cache')
    .argument('<architecture>', 'preset or file')
    .option('--context <T>', 'context length for the attention scores', parse.wholeNumber(1))
    .action((name: string, options: { context?: number }) => {
      const architecture = parseArchitecture(readDocument(name));
      const counts = countArchitecture(architecture, options);
      context.terminal.result(counts, () => describeCounts(counts, options.context ?? architecture.context));
    });
}

/** A file that is not even JSON is a document with a problem, not a failure of the command. */
function problemsOf(name: string): Problem[] {
  try {
    return checkArchitecture(readDocument(name));
  } catch (error) {
    if (!(error instanceof FinegrainError) || error.code !== 'architecture.invalid') throw error;
    return [{ path: '', message: error.message }];
  }
}

function describeCounts(counts: Counts, length: number): string {
  const { parameters, flopsPerToken, kvCacheBytesPerToken } = counts;
  const summary = pairs([
    ['parameters', formatInteger(parameters.total)],
    ['active', formatInteger(parameters.active)],
    ['embedding', formatInteger(parameters.embedding)],
    ['head', parameters.head === 0 ? 'tied' : formatInteger(parameters.head)],
    ['forward', `${formatSI(flopsPerToken.forward, 'FLOP')}/token at context ${formatInteger(length)}`],
    ['forward, active', `${formatSI(flopsPerToken.activeForward, 'FLOP')}/token`],
    ['training', `${formatSI(flopsPerToken.training, 'FLOP')}/token`],
    ['KV cache', `${formatBytes(kvCacheBytesPerToken)}/token`],
  ]);
  const blocks = table(
    parameters.byBlock,
    [
      { title: 'block', text: (row) => String(row.block) },
      { title: 'layers', text: (row) => String(row.repeat), align: 'right' },
      { title: 'FFN', text: (row) => row.kind },
      { title: 'parameters', text: (row) => formatInteger(row.parameters), align: 'right' },
      { title: 'active', text: (row) => formatInteger(row.active), align: 'right' },
      { title: 'attention', text: (row) => formatInteger(row.attention), align: 'right' },
      { title: 'in FFN', text: (row) => formatInteger(row.ffn), align: 'right' },
    ],
    '',
  );
  return `${summary}\n\n${blocks}`;
}
