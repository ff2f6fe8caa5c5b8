/**
 * The training process's voice: step reports are bundled, so that a fast run does not send thousands of messages a
 * second, and everything stays in order. The newest reports are remembered: when the host is lost they go into the last
 * checkpoint, and the process that resumes repeats those that the host never stored.
 */
import type { Port } from './port.ts';
import type { FromTrainer, StepReport } from './protocol.ts';

const bundleMilliseconds = 50;
const remembered = 500;

export class Reporter {
  private readonly port: Port;
  private steps: StepReport[] = [];
  private timer: NodeJS.Timeout | undefined;
  private recent: FromTrainer[] = [];

  constructor(port: Port) {
    this.port = port;
  }

  step(report: StepReport): void {
    this.steps.push(report);
    this.timer ??= setTimeout(() => this.flush(), bundleMilliseconds);
  }

  post(message: FromTrainer): void {
    this.flush();
    this.send(message);
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.steps.length === 0) return;
    const steps = this.steps;
    this.steps = [];
    this.send({ type: 'steps', steps });
  }

  /** Reports of the newest steps, whether or not the host got them. */
  unconfirmed(): FromTrainer[] {
    this.flush();
    return this.recent;
  }

  /** Sends reports of an earlier process again: those of steps after `step`. */
  repeat(messages: readonly FromTrainer[], step: number): void {
    for (const message of messages) {
      if (message.type === 'steps') {
        const steps = message.steps.filter((report) => report.step > step);
        if (steps.length > 0) this.post({ type: 'steps', steps });
      } else if (message.type === 'evaluation' && message.step > step) {
        this.post(message);
      } else if (message.type === 'probe' && message.probe.step > step) {
        this.post(message);
      }
    }
  }

  private send(message: FromTrainer): void {
    this.port.post(message);
    if (message.type !== 'steps' && message.type !== 'evaluation' && message.type !== 'probe') return;
    this.recent.push(message);
    if (this.recent.length > remembered) this.recent = this.recent.slice(-remembered);
  }
}
