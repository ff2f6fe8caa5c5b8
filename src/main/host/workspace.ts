/** Where a workspace lies by default, and what is where inside it. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The platform's data folder: `~/.local/share/finegrain`, `~/Library/Application Support/Finegrain`, `%APPDATA%/Finegrain`. */
export function defaultWorkspace(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (platform === 'win32') {
    return join(environment.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'Finegrain');
  }
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Finegrain');
  return join(environment.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'finegrain');
}

/** The folder named on a command line, or the default one; always absolute. */
export function workspaceFolder(named?: string): string {
  return named === undefined ? defaultWorkspace() : resolve(named);
}
