/** Opens the user's browser, where there is one and a display to show it on. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The command that opens an address on this platform, or null where nothing could show it. */
export function browserCommand(
  address: string,
  platform: NodeJS.Platform = process.platform,
  environment: NodeJS.ProcessEnv = process.env,
): { command: string; arguments: string[] } | null {
  if (platform === 'darwin') return { command: 'open', arguments: [address] };
  if (platform === 'win32')
    return { command: 'rundll32', arguments: ['url.dll,FileProtocolHandler', address] };
  const display = environment.DISPLAY || environment.WAYLAND_DISPLAY;
  if (!display || !isOnPath('xdg-open', environment.PATH)) return null;
  return { command: 'xdg-open', arguments: [address] };
}

/** Returns whether a browser was asked to open; whether it did is for the user to see. */
export function openBrowser(address: string): boolean {
  const command = browserCommand(address);
  if (command === null) return false;
  const child = spawn(command.command, command.arguments, { detached: true, stdio: 'ignore' });
  child.on('error', () => undefined); // the address stands in the terminal
  child.unref();
  return true;
}

function isOnPath(name: string, path = ''): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
