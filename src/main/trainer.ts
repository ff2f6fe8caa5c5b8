/**
 * The training process: one run, or questions to checkpoints, apart from the host. It may crash or be killed at any
 * point without harm to the store or the window; when its host is gone it ends with a checkpoint.
 */
import { FinegrainError, toErrorShape } from '../shared/errors.ts';
import { claimWorkspace } from './store/claim.ts';
import { Inference } from './training/inference.ts';
import { type Ending, trainRun, type Wishes } from './training/loop.ts';
import { hostPort } from './training/port.ts';
import { type TrainRequest, toTrainerSchema } from './training/protocol.ts';
import { Reporter } from './training/reporter.ts';

/** How long to wait for an orphaned process of the same run that is still writing its last checkpoint. */
const orphanMilliseconds = 60_000;

const port = hostPort();
const reporter = new Reporter(port);
const wishes: Wishes = { end: null, checkpoint: false, lost: false };
let training = false;
let inference: Inference | undefined;
/** Questions are answered one after the other. */
let queue: Promise<void> = Promise.resolve();

// Ctrl+C reaches the whole process group; whether to stop is the host's to say, or the lost channel's.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('SIGTERM', () => {
  if (training) wishes.end ??= 'stop';
  else process.exit(0);
});
// With the host gone, its end of stderr is gone too, and a warning of a native library must not end a checkpoint.
process.stderr.on('error', () => undefined);

port.onClose(() => {
  if (!training) process.exit(0);
  wishes.lost = true;
});

port.onMessage((raw) => {
  const message = toTrainerSchema.parse(raw);
  switch (message.type) {
    case 'train':
      training = true;
      void train(message.request);
      break;
    case 'pause':
    case 'stop':
      wishes.end = message.type;
      break;
    case 'checkpoint':
      wishes.checkpoint = true;
      break;
    case 'infer':
      inference ??= new Inference();
      queue = queue.then(async () => {
        try {
          port.post({ type: 'answer', id: message.id, value: await inference!.answer(message.request) });
        } catch (error) {
          port.post({ type: 'refusal', id: message.id, error: toErrorShape(error) });
        }
      });
      break;
  }
});

async function train(request: TrainRequest): Promise<void> {
  let ending: Ending;
  try {
    // Two processes must never write the checkpoints of one run.
    const claim = claimWorkspace(request.folder, orphanMilliseconds);
    ending = await trainRun(request, reporter, wishes);
    claim.release();
  } catch (error) {
    if (!(error instanceof FinegrainError)) console.error(error);
    const shape = toErrorShape(error);
    const reason = shape.hint === undefined ? shape.message : `${shape.message} ${shape.hint}`;
    ending = { outcome: 'failed', step: 0, reason, error: shape };
  }
  reporter.post({ type: 'ended', ...ending });
  await port.flush();
  process.exit(0);
}

port.post({ type: 'ready' });
