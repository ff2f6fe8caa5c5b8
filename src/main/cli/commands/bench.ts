import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { type CliContext, parse } from '../context.ts';
import { exitCodes } from '../terminal.ts';

interface BenchOptions {
  readonly without?: string[];
  readonly rounds?: number;
  readonly markdown?: string;
}

/** The options again, as the arguments of the benchmark's own process. */
function passedOn({ without = [], rounds, markdown }: BenchOptions): string[] {
  return [
    ...without.flatMap((peer) => ['--without', peer]),
    ...(rounds === undefined ? [] : ['--rounds', String(rounds)]),
    ...(markdown === undefined ? [] : ['--markdown', markdown]),
  ];
}

/** `bench`: the benchmarks, in a process of their own, so that nothing of this one disturbs what they measure. */
export function benchCommand(program: Command, context: CliContext): void {
  program
    .command('bench')
    .description('measure this machine: training step, ceiling, tokenizer, memory')
    .argument('[names...]', 'benchmarks by name or by its beginning (default: all)')
    .option('--without <peer...>', 'peers to leave out (pytorch-eager, tfjs-wasm, hf-tokenizers)')
    .option('--rounds <N>', 'rounds of alternating measurement', parse.wholeNumber(1))
    .option('--markdown <file>', 'also write the table as a page')
    .action(async (names: string[], options: BenchOptions) => {
      const entry = fileURLToPath(new URL('../../../../bench/index.ts', import.meta.url));
      const args = [
        ...process.execArgv,
        entry,
        ...names,
        ...passedOn(options),
        ...(context.terminal.json ? ['--json'] : []),
      ];
      const child = spawn(process.execPath, args, { stdio: 'inherit' });
      process.exitCode = await new Promise<number>((resolve) => {
        child.on('error', () => resolve(exitCodes.failed));
        child.on('close', (code) => resolve(code ?? exitCodes.failed));
      });
    });
}
