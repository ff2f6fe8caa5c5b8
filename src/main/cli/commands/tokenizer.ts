import { type Command, Option } from 'commander';
import { formatInteger, formatNumber } from '../../../shared/format.ts';
import { type CliContext, parse } from '../context.ts';
import { readText } from '../documents.ts';
import { progressLine } from '../progress.ts';
import { pairs, table } from '../table.ts';

/** `tokenizer list | train | encode | stats`: byte-level BPE. */
export function tokenizerCommand(program: Command, context: CliContext): void {
  const tokenizer = program.command('tokenizer').description('byte-level BPE tokenizers');

  tokenizer
    .command('train')
    .description('train a tokenizer on data sets')
    .requiredOption('--data <names...>', 'data sets, samples or paths')
    .requiredOption('--vocab <V>', 'number of tokens', parse.wholeNumber(1))
    .requiredOption('--name <name>', 'name of the tokenizer')
    .action(async (options: { data: string[]; vocab: number; name: string }) => {
      await context.withHost('writing', async (host) => {
        const progress = progressLine(context.terminal);
        const data: string[] = [];
        for (const name of options.data) data.push((await host.data.resolve(name, { progress })).name);
        const { vocab: vocabulary, name } = options;
        const row = await host.tokenizers.train({ data, vocabulary, name, progress });
        context.terminal.result(row, () =>
          pairs([
            ['name', row.name],
            ['tokens', formatInteger(row.vocabulary)],
            ['trained on', row.data ?? ''],
            ['hash', row.hash],
          ]),
        );
      });
    });

  tokenizer
    .command('list')
    .description('list the tokenizers')
    .action(async () => {
      await context.withHost('reading', async (host) => {
        const rows = host.tokenizers.list();
        context.terminal.result({ tokenizers: rows }, () =>
          table(
            rows,
            [
              { title: 'name', text: (row) => row.name },
              { title: 'tokens', text: (row) => formatInteger(row.vocabulary), align: 'right' },
              { title: 'trained on', text: (row) => row.data ?? '' },
            ],
            'No tokenizers yet. Train one with: finegrain tokenizer train --data NAME --vocab V --name NAME',
          ),
        );
      });
    });

  tokenizer
    .command('encode')
    .description('encode a text file')
    .argument('<tokenizer>')
    .requiredOption('--text-file <file>', 'the text')
    .addOption(new Option('--method <method>', 'how text is cut into tokens').choices(['bpe']).default('bpe'))
    .action(async (name: string, options: { textFile: string }) => {
      const text = readText(options.textFile);
      await context.withHost('reading', async (host) => {
        const encoded = await host.tokenizers.encode(name, text);
        context.terminal.result(encoded, () =>
          [
            encoded.tokens.map((token, at) => `${token}\t${encoded.ids[at]}`).join('\n'),
            `${formatInteger(encoded.ids.length)} tokens`,
          ].join('\n'),
        );
      });
    });

  tokenizer
    .command('stats')
    .description('measure a tokenizer on a data set')
    .argument('<tokenizer>')
    .requiredOption('--data <name>', 'data set')
    .action(async (name: string, options: { data: string }) => {
      await context.withHost('reading', async (host) => {
        const work = { progress: progressLine(context.terminal) };
        const stats = await host.tokenizers.stats(name, options.data, work);
        context.terminal.result(stats, () =>
          pairs(
            Object.entries(stats)
              .filter(([, value]) => typeof value === 'number' || typeof value === 'string')
              .map(([key, value]) => [
                key,
                typeof value === 'number' ? formatNumber(value, 5) : String(value),
              ]),
          ),
        );
      });
    });
}
