import type { Command } from 'commander';
import { formatBytes, formatInteger } from '../../../shared/format.ts';
import type { DataSetRow } from '../../../shared/rpc/contract.ts';
import type { CliContext } from '../context.ts';
import { progressLine } from '../progress.ts';
import { pairs, table } from '../table.ts';
import { UsageError } from '../terminal.ts';

/** `data add | list | show`: text becomes data sets. */
export function dataCommand(program: Command, context: CliContext): void {
  const data = program.command('data').description('data sets: text to train on');

  data
    .command('add')
    .description('make a data set of text files, folders, jsonl or parquet (or of a sample, by its name)')
    .argument('<paths...>')
    .option('--name <name>', 'name of the data set')
    .option('--domain <domain>', 'what kind of text it is')
    .option('--field <field>', 'field or column that holds the text (jsonl, parquet)')
    .action(async (paths: string[], options: { name?: string; domain?: string; field?: string }) => {
      await context.withHost('writing', async (host) => {
        const work = { progress: progressLine(context.terminal) };
        const { name } = options;
        if (name === undefined && paths.length > 1) {
          throw new UsageError('Several paths make one data set, and it needs a name: give --name NAME.');
        }
        const row =
          name === undefined && paths.length === 1
            ? await host.data.resolve(paths[0]!, work)
            : await host.data.addPaths(paths, { ...options, ...work, name: name ?? paths[0]! });
        context.terminal.result(row, () => describe(row));
      });
    });

  data
    .command('list')
    .description('list the data sets')
    .action(async () => {
      await context.withHost('reading', async (host) => {
        const rows = host.data.list();
        const samples = host.data.samples();
        context.terminal.result({ dataSets: rows, samples }, () => {
          const known = table(
            rows,
            [
              { title: 'name', text: (row) => row.name },
              { title: 'documents', text: (row) => formatInteger(row.documents), align: 'right' },
              { title: 'size', text: (row) => formatBytes(row.bytes), align: 'right' },
              { title: 'domain', text: (row) => row.domain ?? '' },
            ],
            'No data sets yet. Add one with: finegrain data add PATH --name NAME',
          );
          const open = samples.filter((sample) => !sample.added);
          if (open.length === 0) return known;
          const more = open.map((sample) => `  ${sample.name}: ${sample.description}`);
          return [known, '', 'Samples, usable by name:', ...more].join('\n');
        });
      });
    });

  data
    .command('show')
    .description('show one data set')
    .argument('<name>')
    .action(async (name: string) => {
      await context.withHost('reading', async (host) => {
        const shown = host.data.show(name);
        context.terminal.result(shown, () => describe(shown));
      });
    });
}

function describe(row: DataSetRow): string {
  return pairs([
    ['name', row.name],
    ['documents', formatInteger(row.documents)],
    ['size', formatBytes(row.bytes)],
    ['domain', row.domain ?? 'none given'],
    ['bytes that were not UTF-8', formatInteger(row.invalidBytes)],
    ['hash', row.hash],
  ]);
}
