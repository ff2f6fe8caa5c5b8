import { type Command, Option } from 'commander';
import { formatNumber, formatShare } from '../../../shared/format.ts';
import { disabledTop1 } from '../../../shared/run/analysis.ts';
import { coActivation, type LayerProbe } from '../../../shared/run/probe.ts';
import { type CliContext, parse } from '../context.ts';
import { readText } from '../documents.ts';
import { type Column, pairs, table } from '../table.ts';

interface EvaluateOptions {
  textFile: string;
  step?: number;
  perToken?: boolean;
  context?: number;
  disableTop1?: (typeof disabledTop1)[number];
}

/** `metrics`, `evaluate`, `inspect`, `sample`: what a run has to say. */
export function resultCommands(program: Command, context: CliContext): void {
  const count = parse.wholeNumber(0);
  const some = parse.wholeNumber(1);

  program
    .command('metrics')
    .description('print a curve of a run')
    .argument('<run>')
    .requiredOption('--name <metric>', 'e.g. train/loss')
    .option(
      '--points <N>',
      'points at most; the last value of each bucket stands for it',
      parse.wholeNumber(2),
    )
    .action(async (text: string, options: { name: string; points?: number }) => {
      await context.withHost('reading', async (host) => {
        const run = host.store.runs.find(text);
        const { points = 10_000, name: metric } = options;
        const curve = await host.call('runs.curve', { run, metric, points });
        if (curve.steps.length === 0) {
          const { FinegrainError } = await import('../../../shared/errors.ts');
          const names = host.store.metrics.names(run);
          throw new FinegrainError(
            'notFound',
            `Run ${run} has no points of ${metric}.`,
            names.length === 0 ? 'It has none at all yet.' : `It has: ${names.join(', ')}.`,
          );
        }
        const { steps, last: values } = curve;
        context.terminal.result({ steps, values }, () =>
          steps.map((step, at) => `${step}\t${values[at]}`).join('\n'),
        );
      });
    });

  program
    .command('evaluate')
    .description('loss of a text under a checkpoint')
    .argument('<run>')
    .requiredOption('--text-file <file>', 'the text')
    .option('--step <S>', 'checkpoint (default: the newest)', count)
    .option('--per-token', 'with every token’s log-probability')
    .option('--context <C>', 'tokens of a window, also beyond the training context', parse.wholeNumber(2))
    .addOption(
      new Option('--disable-top1 <routers>', 'take the most probable expert from every token').choices([
        ...disabledTop1,
      ]),
    )
    .action(async (name: string, options: EvaluateOptions) => {
      const { textFile, perToken: wanted, ...request } = options;
      const text = readText(textFile);
      await context.withHost('reading', async (host) => {
        const run = host.store.runs.find(name);
        const answer = await host.call('runs.evaluate', { run, text, ...request });
        const { perToken, ...figures } = answer;
        context.terminal.result(wanted === true ? answer : figures, () => {
          const summary = pairs([
            ['loss', `${formatNumber(answer.loss, 5)} nats/token`],
            ['perplexity', formatNumber(answer.perplexity, 5)],
            ['bits per byte', formatNumber(answer.bitsPerByte, 5)],
            ['tokens', String(answer.tokens)],
          ]);
          if (wanted !== true) return summary;
          const tokens = perToken.map(
            (row) => `${row.logProbability.toFixed(4)}\t${JSON.stringify(row.token)}`,
          );
          return [summary, '', ...tokens].join('\n');
        });
      });
    });

  program
    .command('inspect')
    .description('activations and routing of a checkpoint on a text')
    .argument('<run>')
    .requiredOption('--text-file <file>', 'the text')
    .option('--step <S>', 'checkpoint (default: the newest)', count)
    .action(async (name: string, options: { textFile: string; step?: number }) => {
      const text = readText(options.textFile);
      await context.withHost('reading', async (host) => {
        const run = host.store.runs.find(name);
        const probe = await host.call('runs.inspect', { run, step: options.step, text });
        const layers = probe.layers.map((layer) => ({
          ...layer,
          entropy: layer.experts?.entropy ?? null,
          routing: routingOf(layer),
        }));
        context.terminal.result({ step: probe.step, tokens: probe.tokens, layers }, () =>
          [
            `${probe.tokens} tokens at step ${probe.step}. NSAR: share of activations above the threshold.`,
            table(layers, inspectColumns(probe.layers), 'The model has no layers.'),
          ].join('\n'),
        );
      });
    });

  program
    .command('sample')
    .description('write text with a checkpoint')
    .argument('<run>')
    .requiredOption('--prompt <text>', 'how the text begins')
    .option('--step <S>', 'checkpoint (default: the newest)', count)
    .option('--tokens <N>', 'tokens at most', some)
    .option('--temperature <X>', '0: always the most likely token', parse.number(0))
    .option('--top-k <K>', 'only the K most likely tokens', some)
    .option('--seed <I>', 'seed of the draw', count)
    .action(async (name: string, options: { prompt: string }) => {
      await context.withHost('reading', async (host) => {
        const run = host.store.runs.find(name);
        const answer = await host.call('runs.sample', { run, ...options });
        context.terminal.result(answer, () => options.prompt + answer.text);
      });
    });
}

/** What is known of the choices, with the co-activation matrix written out; null for a layer that switches none off. */
function routingOf({ experts }: LayerProbe) {
  if (experts?.routing === undefined) return null;
  const { choiceShare, routerEntropy, maxOverMean, distinct } = experts.routing;
  return { choiceShare, routerEntropy, maxOverMean, distinct, coActivation: coActivation(experts) };
}

function inspectColumns(layers: readonly LayerProbe[]): Column<LayerProbe>[] {
  const thresholds = Object.keys(layers[0]?.nsar ?? {});
  return [
    { title: 'layer', text: (row) => String(row.layer), align: 'right' },
    { title: 'FFN', text: (row) => row.kind },
    ...thresholds.map(
      (threshold): Column<LayerProbe> => ({
        title: `NSAR ${threshold}`,
        text: (row) => formatShare(row.nsar[threshold]),
        align: 'right',
      }),
    ),
    {
      title: 'experts active',
      text: (row) =>
        row.experts === null ? '' : `${formatNumber(row.experts.activeMean)} of ${row.experts.count}`,
      align: 'right',
    },
    {
      title: 'dead',
      text: (row) => (row.experts === null ? '' : String(row.experts.dead.length)),
      align: 'right',
    },
    { title: 'entropy', text: (row) => formatNumber(row.experts?.entropy), align: 'right' },
    {
      title: 'router entropy',
      text: (row) => formatNumber(row.experts?.routing?.routerEntropy),
      align: 'right',
    },
    {
      title: 'load max/mean',
      text: (row) => formatNumber(row.experts?.routing?.maxOverMean),
      align: 'right',
    },
  ];
}
