import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { table } from '../table.ts';

/** `doctor`: what runs here, and why not the rest. Opens no workspace. */
export function doctorCommand(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('say what runs on this machine, and why not the rest')
    .action(async () => {
      const { InferenceService } = await import('../../host/inference.ts');
      const { nodeLauncher } = await import('../../host/processes.ts');
      const { examine } = await import('../../host/doctor.ts');
      const inference = new InferenceService(nodeLauncher());
      try {
        const report = await examine(inference);
        context.terminal.result(report, () =>
          [
            `Finegrain ${report.version} on Node ${report.node}`,
            '',
            table(
              report.devices,
              [
                { title: 'device', text: (row) => row.name },
                { title: 'kind', text: (row) => row.kind },
                { title: 'runs', text: (row) => (row.available ? 'yes' : 'no') },
                { title: 'why', text: (row) => row.reason },
              ],
              'No device was found.',
            ),
            '',
            `auto means ${report.chosen.name}: ${report.chosen.reason.replace(/^auto: /, '')}`,
            `Electron: ${report.electron.available ? 'yes' : 'no'}. ${report.electron.reason}`,
          ].join('\n'),
        );
      } finally {
        inference.close();
      }
    });
}
