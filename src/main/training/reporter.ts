/**
 * The training process's voice: step reports are bundled, so that a fast run does not send thousands of messages a
 * second, and everything stays in order. The newest reports go into every checkpoint, for a kill may strike between the
 * checkpoint's rename and the moment the host has stored them; the process that resumes repeats those that it has not.
 */
import type { Port } from './port.ts';
import type { FromTrainer, StepReport } from './protocol.ts';

const bundleMilliseconds = 50;
/** Messages kept for the last checkpoint of a process whose host is gone. */
const remembered = 500;
/** Messages kept in other checkpoints: at 50 ms a bundle, more than the host takes to store what it hears. */
const underWay = 50;

/** What a killed host may not have stored. */
const remembering: ReadonlySet<FromTrainer['type']> = new Set([
  'steps',
  'evaluation',
  'measurement',
  'probe',
]);

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

  /** Reports that the host may not have stored; many more where it is known to be gone. */
  unconfirmed(hostLost: boolean): FromTrainer[] {
    this.flush();
    return this.recent.slice(hostLost ? -remembered : -underWay);
  }

  /** Sends reports of an earlier process again: those of steps after `step`. */
  repeat(messages: readonly FromTrainer[], step: number): void {
    for (const message of messages) {
      if (message.type === 'steps') {
        const steps = message.steps.filter((report) => report.step > step);
        if (steps.length > 0) this.post({ type: 'steps', steps });
      } else if ((message.type === 'evaluation' || message.type === 'measurement') && message.step > step) {
        this.post(message);
      } else if (message.type === 'probe' && message.probe.step > step) {
        this.post(message);
      }
    }
  }

  private send(message: FromTrainer): void {
    this.port.post(message);
    if (!remembering.has(message.type)) return;
    this.recent.push(message);
    if (this.recent.length > remembered) this.recent = this.recent.slice(-remembered);
  }
}
