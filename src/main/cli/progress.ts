/** Progress of long work as a live line. */
import { formatBytes, formatInteger, formatShare } from '../../shared/format.ts';
import type { Progress } from '../text/work.ts';
import type { Terminal } from './terminal.ts';

export function progressLine(terminal: Terminal): (progress: Progress) => void {
  return ({ stage, done, total, unit }) => {
    const format = unit === 'bytes' ? formatBytes : (value: number) => `${formatInteger(value)} ${unit}`;
    const share = total === null || total === 0 ? '' : ` of ${format(total)} (${formatShare(done / total)})`;
    terminal.status(`${stage}: ${format(done)}${share}`);
  };
}
