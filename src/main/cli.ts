/** Entry of the terminal interface; `bin/finegrain.mjs` starts it on the project's own Node. */
import { createProgram } from './cli/program.ts';
import { reportError } from './cli/terminal.ts';
import { appVersion } from './host/doctor.ts';

// A reader that has seen enough (`| head`) closes the pipe; that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const json = process.argv.includes('--json');
try {
  const program = createProgram(appVersion());
  if (process.argv.length <= 2) {
    program.outputHelp();
    process.exitCode = 2;
  } else {
    await program.parseAsync();
  }
} catch (error) {
  process.exitCode = reportError(error, json);
}
// Native thread pools may outlive the work; everything that must be written has been written by now.
process.stdout.write('', () => process.exit());
