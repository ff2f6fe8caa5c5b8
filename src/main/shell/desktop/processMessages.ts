/** What Electron's main process and the host's process say to each other. The page's messages do not pass here. */
import type { ErrorShape } from '../../../shared/errors.ts';

export type MainToHost =
  /** First message. The host answers `ready` or `failed`. */
  | { type: 'open'; workspace: string | undefined }
  /** Comes with one end of a channel to the page. */
  | { type: 'connect' }
  | { type: 'child.started'; child: number; pid: number | undefined }
  | { type: 'child.message'; child: number; message: unknown }
  | { type: 'child.exit'; child: number; code: number | null; cause: string }
  /** The host closes its store and answers `closed`. */
  | { type: 'close' };

export type HostToMain =
  | { type: 'ready' }
  /** What the user should know: a backup that was opened, runs that were interrupted, a full disk. */
  | { type: 'notice'; message: string; hint: string | undefined }
  | { type: 'failed'; error: ErrorShape }
  | { type: 'child.start'; child: number }
  | { type: 'child.post'; child: number; message: unknown }
  | { type: 'child.kill'; child: number }
  | { type: 'closed' };
