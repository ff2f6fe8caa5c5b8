import type { Command } from 'commander';
import { countArchitecture } from '../../../shared/architecture/counts.ts';
import { checkArchitecture, describeProblem, parseArchitecture } from '../../../shared/architecture/parse.ts';
import { findPreset, matchedCounts, presets } from '../../../shared/architecture/presets.ts';
import { FinegrainError, type Problem } from '../../../shared/errors.ts';
import { describeCounts, describePresets, describeSize, presetRow } from '../architectureText.ts';
import { type CliContext, parse } from '../context.ts';
import { readDocument } from '../documents.ts';
import { UsageError } from '../terminal.ts';

/** `arch presets | show | check | count`: architecture documents. Opens no workspace. */
export function archCommand(program: Command, context: CliContext): void {
  const arch = program.command('arch').description('architecture documents: presets, validation, counts');

  arch
    .command('presets')
    .description('list the presets')
    .option('--size <NAME>', 'only the presets of one size, e.g. 2m, bench, base, with their counts')
    .action(({ size }: { size?: string }) => {
      const found = presets.filter((preset) => size === undefined || preset.size === size);
      if (found.length === 0) {
        const known = [...new Set(presets.map((preset) => preset.size))];
        throw new UsageError(`There are no presets of size ${size}.`, `Sizes: ${known.join(', ')}.`);
      }
      const rows = found.map(presetRow);
      context.terminal.result({ presets: rows }, () =>
        size === undefined ? describePresets(rows) : describeSize(rows),
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
    .option(
      '--active-experts <K>',
      'mean of experts that a token runs in a layer, where that varies (default: expected at the start, or published)',
      parse.number(0),
    )
    .action((name: string, options: { context?: number; activeExperts?: number }) => {
      const architecture = parseArchitecture(readDocument(name));
      const preset = findPreset(name);
      const published = preset?.published ?? null;
      const activeExperts = options.activeExperts ?? published?.activeExperts ?? undefined;
      const counts = countArchitecture(architecture, {
        ...(options.context === undefined ? {} : { context: options.context }),
        ...(activeExperts === undefined ? {} : { activeExperts }),
      });
      const match = preset === undefined ? null : matchedCounts(preset);
      const assumed = {
        context: options.context ?? architecture.context,
        activeExperts: activeExperts ?? null,
      };
      context.terminal.result({ ...counts, match, published, assumed }, () =>
        describeCounts(counts, assumed, match, published),
      );
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
