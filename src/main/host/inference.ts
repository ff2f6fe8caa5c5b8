/** Questions to checkpoints and devices, answered by a training process kept for a while between questions. */
import { FinegrainError, fromErrorShape } from '../../shared/errors.ts';
import type { InferenceAnswers } from '../training/inference.ts';
import { fromTrainerSchema, type InferenceRequest } from '../training/protocol.ts';
import type { ChildHandle, Launch } from './processes.ts';

/** The last checkpoint stays loaded this long, so that a second sample of it is quick. */
const idleMilliseconds = 60_000;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

type Answer<Request extends InferenceRequest> = InferenceAnswers[Request['kind']];

export class InferenceService {
  private readonly launch: Launch;
  private child: ChildHandle | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;
  private idle: NodeJS.Timeout | undefined;

  constructor(launch: Launch) {
    this.launch = launch;
  }

  /** Asks the process, starting it if need be. Aborting `signal` ends the process if nobody else waits for it. */
  async ask<Request extends InferenceRequest>(
    request: Request,
    signal?: AbortSignal,
  ): Promise<Answer<Request>> {
    if (signal?.aborted) throw cancelled();
    const child = this.child ?? this.start();
    clearTimeout(this.idle);
    const id = this.nextId++;
    try {
      return await new Promise<Answer<Request>>((resolve, reject) => {
        this.waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
        signal?.addEventListener('abort', () => this.cancel(id), { once: true });
        child.post({ type: 'infer', id, request });
      });
    } finally {
      this.waiting.delete(id);
      if (this.waiting.size === 0 && this.child !== undefined) {
        this.idle = setTimeout(() => this.close(), idleMilliseconds);
        this.idle.unref();
      }
    }
  }

  close(): void {
    clearTimeout(this.idle);
    this.child?.kill();
    this.child = undefined;
  }

  private start(): ChildHandle {
    const child = this.launch();
    this.child = child;
    child.onMessage((raw) => {
      const message = fromTrainerSchema.parse(raw);
      if (message.type === 'answer') this.waiting.get(message.id)?.resolve(message.value);
      if (message.type === 'refusal') {
        this.waiting.get(message.id)?.reject(fromErrorShape(message.error));
      }
    });
    child.onExit(({ cause }) => {
      if (this.child === child) this.child = undefined;
      const error = new FinegrainError('internal', `The inference process ended unexpectedly (${cause}).`);
      for (const waiting of this.waiting.values()) waiting.reject(error);
    });
    return child;
  }

  private cancel(id: number): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    waiting?.reject(cancelled());
    if (this.waiting.size === 0) this.close();
  }
}

function cancelled(): FinegrainError {
  return new FinegrainError('cancelled', 'Cancelled.');
}
