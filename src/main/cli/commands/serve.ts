import type { Command } from 'commander';
import { type CliContext, parse } from '../context.ts';
import { exitCodes } from '../terminal.ts';

/** `serve`: the browser shell, until Ctrl+C. Prints its address with the token. */
export function serveCommand(program: Command, context: CliContext): void {
  program
    .command('serve')
    .description('open Finegrain in a browser')
    .option('--port <P>', 'port on 127.0.0.1; 0: any free one', parse.wholeNumber(0))
    .option('--no-open', 'print the address only')
    .action(async (options: { port?: number; open: boolean }) => {
      const { serve } = await import('../../serve.ts');
      const { openBrowser } = await import('../../shell/browser/openBrowser.ts');
      const served = await serve({
        workspace: context.workspace(),
        ...(options.port === undefined ? {} : { port: options.port }),
        onNotice: (sentence) => process.stderr.write(`${sentence}\n`),
      });
      const opened = options.open && openBrowser(served.address);
      context.terminal.result({ address: served.address }, () =>
        [
          `Finegrain is at ${served.address}`,
          `${opened ? 'Your browser is opening it.' : 'Open it in a browser.'} Ctrl+C ends Finegrain.`,
        ].join('\n'),
      );
      await untilStopped();
      context.terminal.note('Closing: what trains gets its checkpoint first. Ctrl+C again does not wait.');
      await served.close();
    });
}

/** Resolves at the first signal, or when the wrapper is gone; the second signal ends the process. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | null = null;
    const stop = (): void => {
      // The wrapper and the terminal may both deliver one Ctrl+C.
      if (first !== null && Date.now() - first > 500) process.exit(exitCodes.failed);
      first ??= Date.now();
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) process.on(signal, stop);
    process.channel?.unref();
  });
}
