/** The command line: every command that is built, and what they share. */
import { Command } from 'commander';
import { analyseCommand } from './commands/analyse.ts';
import { archCommand } from './commands/arch.ts';
import { benchCommand } from './commands/bench.ts';
import { dataCommand } from './commands/data.ts';
import { doctorCommand } from './commands/doctor.ts';
import { figureCommand } from './commands/figure.ts';
import { fitCommand } from './commands/fit.ts';
import { resultCommands } from './commands/results.ts';
import { runsCommand } from './commands/runs.ts';
import { selectCommand } from './commands/select.ts';
import { serveCommand } from './commands/serve.ts';
import { studyCommand } from './commands/study.ts';
import { sweepCommand } from './commands/sweep.ts';
import { tokenizerCommand } from './commands/tokenizer.ts';
import { trainCommand } from './commands/train.ts';
import { createContext } from './context.ts';

export function createProgram(version: string): Command {
  const program = new Command('finegrain')
    .description('Research on sparse and fine-grained language-model architectures.')
    .version(version)
    .option('--json', 'print JSON: one object, or one a line where results stream')
    .option('--workspace <dir>', 'the workspace folder (default: the platform’s data folder)');
  const context = createContext(program);
  const register = [
    doctorCommand,
    archCommand,
    dataCommand,
    tokenizerCommand,
    trainCommand,
    sweepCommand,
    runsCommand,
    resultCommands,
    analyseCommand,
    fitCommand,
    selectCommand,
    studyCommand,
    figureCommand,
    serveCommand,
    benchCommand,
  ];
  for (const add of register) add(program, context);
  forEachCommand(program, (command) => {
    // Errors are thrown to the entry point, which prints them as one sentence or as JSON.
    command.exitOverride().configureOutput({ writeErr: () => undefined });
    command.allowExcessArguments(false);
  });
  return program;
}

function forEachCommand(command: Command, change: (command: Command) => void): void {
  change(command);
  for (const inner of command.commands) forEachCommand(inner, change);
}
