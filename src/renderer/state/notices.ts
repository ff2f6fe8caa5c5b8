/** A message in the status bar when a run comes to an end or begins, in the words of its state. */
import type { RunSummary } from '../../shared/rpc/contract.ts';
import { say } from './messages.ts';

export function announceRun(before: RunSummary | undefined, after: RunSummary): void {
  if (before === undefined || before.state === after.state) return;
  const reason = after.reason === null ? '' : ` ${after.reason}`;
  if (after.state === 'finished')
    say(`Run ${after.name} finished at step ${after.step}.`, { severity: 'success' });
  else if (after.state === 'failed') say(`Run ${after.name} failed.${reason}`, { severity: 'error' });
  else if (after.state === 'interrupted')
    say(`Run ${after.name} was interrupted.${reason}`, { severity: 'warning' });
  else if (after.state === 'paused' || after.state === 'stopped')
    say(`Run ${after.name} ${after.state} at step ${after.step}.`);
  else if (after.state === 'running' && before.state !== 'pausing') say(`Run ${after.name} is training.`);
}
