/** The host: every service of the app over one workspace, the same under Electron, in the browser shell and in a terminal. */
import { rm } from 'node:fs/promises';
import type { FinegrainError } from '../../shared/errors.ts';
import {
  type CallContext,
  type Handlers,
  type HostPort,
  type Input,
  inputs,
  type Output,
  type Procedure,
} from '../../shared/rpc/contract.ts';
import { openStore, type Store, type StoreNotice } from '../store/index.ts';
import { type ControlServer, serveControl } from './control.ts';
import { createDataService, type DataService } from './data.ts';
import { HostEvents } from './events.ts';
import { createHandlers, readingOnly } from './handlers.ts';
import { InferenceService } from './inference.ts';
import { StudyService } from './laws/studies.ts';
import { type Launch, nodeLauncher } from './processes.ts';
import { Preparation } from './runs/preparation.ts';
import { runFolder } from './runs/restart.ts';
import { RunService } from './runs/service.ts';
import { createTokenizerService, type TokenizerService } from './tokenizers.ts';
import { parseInput } from './validation.ts';
import { workspaceFolder } from './workspace.ts';

export { defaultWorkspace, workspaceFolder } from './workspace.ts';

export interface HostOptions {
  /** The workspace's folder; made where it is missing. Default: the platform's data folder. */
  readonly workspace?: string | undefined;
  readonly shell: Output<'app.info'>['shell'];
  /** How training processes start. Default: as children of Node. */
  readonly launch?: Launch;
  /** Training processes at a time. Default 1. */
  readonly parallel?: number;
  /** Reads beside the process that holds the workspace; what would write throws this error. */
  readonly readOnlyBecause?: FinegrainError;
  /** Told when a timed write or backup fails (say, a full disk). */
  readonly onProblem?: (problem: FinegrainError) => void;
}

export interface Host extends HostPort {
  readonly handlers: Handlers;
  readonly events: HostEvents;
  readonly workspace: string;
  /** Set where another process holds the workspace and this host only reads: the error that writing throws. */
  readonly busy: FinegrainError | undefined;
  /** What the user should be told about this opening: a restored backup, interrupted runs. */
  readonly notices: readonly StoreNotice[];
  readonly store: Store;
  readonly runs: RunService;
  readonly studies: StudyService;
  readonly data: DataService;
  readonly tokenizers: TokenizerService;
  /** Parses the input and calls the handler. */
  call<P extends Procedure>(procedure: P, input: Input<P>, context?: CallContext): Promise<Output<P>>;
  /** Pauses what trains (with a checkpoint), backs up and gives the workspace back. */
  close(): Promise<void>;
  /** Before `process.exit`: lets go at once. The store writes what is buffered at exit; training processes notice. */
  abandon(): void;
}

/** How long a training process may take to finish its step and write its checkpoint when the host closes. */
const closingMilliseconds = 60_000;
/** Deleted runs stay in the trash this long. */
const trashDays = 30;

/** Opens the workspace. Throws `store.busy`, `store.newer`, `store.unwritable`, `disk.full`. */
export async function createHost(options: HostOptions): Promise<Host> {
  const readOnly = options.readOnlyBecause !== undefined;
  const store = openStore(workspaceFolder(options.workspace), { readOnly, ...pick(options.onProblem) });
  try {
    return await assemble(store, options);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function assemble(store: Store, options: HostOptions): Promise<Host> {
  const { shell, readOnlyBecause } = options;
  const launch = options.launch ?? nodeLauncher();
  const events = new HostEvents();
  const data = createDataService({ store, workspace: store.folder });
  const tokenizers = createTokenizerService({ store, workspace: store.folder, data });
  const inference = new InferenceService(launch);
  const runs = new RunService({
    store,
    events,
    launch,
    preparation: new Preparation({ store, data, tokenizers }),
    parallel: options.parallel ?? 1,
    wholeQueue: shell !== 'terminal',
    onProblem: options.onProblem ?? (() => undefined),
  });
  const studies = new StudyService({
    ...{ store, events, runs, tokenizers, data },
    wholeQueue: shell !== 'terminal',
  });
  const handlers = createHandlers({ store, events, runs, studies, data, tokenizers, inference, shell });
  const offered = readOnlyBecause === undefined ? handlers : readingOnly(handlers, readOnlyBecause);

  let control: ControlServer | undefined;
  if (readOnlyBecause === undefined) {
    await data.recover();
    await tokenizers.recover();
    await emptyTrash(store);
    // Without a socket (a sandbox may forbid it) everything works but asking this process from another terminal.
    control = await serveControl(store.folder, handlers).catch(() => undefined);
    runs.open();
    studies.open();
  }

  return {
    handlers: offered,
    events,
    workspace: store.folder,
    busy: readOnlyBecause,
    notices: store.notices,
    store,
    runs,
    studies,
    data,
    tokenizers,
    async call(procedure, input, context) {
      const parsed = parseInput(inputs[procedure], input, procedure);
      // The schema of this very procedure has just parsed the input; the compiler cannot follow that through the index.
      const handler = offered[procedure] as (value: unknown, context?: CallContext) => Promise<never>;
      return handler(parsed, context);
    },
    async close() {
      await studies.close();
      await runs.close(closingMilliseconds);
      inference.close();
      control?.close();
      await store.close();
    },
    abandon() {
      runs.abandon();
      inference.close();
      control?.close();
    },
  };
}

async function emptyTrash(store: Store): Promise<void> {
  const oldest = Date.now() - trashDays * 86_400_000;
  for (const { run, deletedAt } of store.runs.trashed()) {
    if (Date.parse(deletedAt) > oldest) continue;
    await rm(runFolder(store, run), { recursive: true, force: true });
    store.runs.purge(run);
  }
}

function pick(onProblem: HostOptions['onProblem']): Pick<HostOptions, 'onProblem'> {
  return onProblem === undefined ? {} : { onProblem };
}
