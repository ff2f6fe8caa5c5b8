import type { Command } from 'commander';
import { parseArchitecture } from '../../../shared/architecture/parse.ts';
import type { CliContext } from '../context.ts';
import { readDocument } from '../documents.ts';
import { followRun } from '../follow.ts';
import { readConfiguration, type TrainOptions, withTrainingOptions } from '../trainingOptions.ts';

/** `train`: a run in the foreground, to its end. */
export function trainCommand(program: Command, context: CliContext): void {
  withTrainingOptions(program.command('train').description('train a model, in the foreground'))
    .option('--name <name>', 'name of the run')
    .action(async ({ arch, name, ...options }: TrainOptions) => {
      const architecture = parseArchitecture(readDocument(arch));
      await context.withHost('writing', async (host) => {
        await followRun(host, context.terminal, async () => {
          const configuration = await readConfiguration(host, context.terminal, options);
          const { run } = await host.call('runs.start', { name, architecture, configuration });
          return run;
        });
      });
    });
}
