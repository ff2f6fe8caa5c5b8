/** The built page's files, and nothing beside them. */
import { realpath, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
};

export interface StaticFile {
  readonly path: string;
  readonly size: number;
  readonly mediaType: string;
  /** The name carries a hash of the content, so a browser may keep it for good. */
  readonly immutable: boolean;
}

/**
 * The file a URL path means, or null: not there, not a plain file, or outside `folder` by dots, encodings, backslashes,
 * absolute parts or links. `/` means `/index.html`.
 */
export async function findStaticFile(folder: string, urlPath: string): Promise<StaticFile | null> {
  const parts = pathParts(urlPath);
  if (parts === null) return null;
  try {
    const root = await realpath(folder);
    const path = await realpath(join(root, ...parts));
    const inside = relative(root, path);
    if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`)) return null;
    const details = await stat(path);
    if (!details.isFile()) return null;
    const mediaType = mediaTypes[extname(path).toLowerCase()] ?? 'application/octet-stream';
    return { path, size: details.size, mediaType, immutable: parts[0] === 'assets' };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** The parts of a URL path, decoded once; null where one is no plain file name. */
function pathParts(urlPath: string): string[] | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(urlPath);
  } catch {
    return null; // a broken escape
  }
  const parts = decoded.split('/').filter((part) => part !== '');
  if (parts.some((part) => part === '.' || part === '..' || /[\\\0:]/.test(part))) return null;
  return parts.length === 0 ? ['index.html'] : parts;
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' || code === 'ELOOP';
}
