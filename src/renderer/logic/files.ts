/** Files in and out of the page: a picker, reading as text, a download. */

export interface TextFile {
  readonly name: string;
  readonly text: string;
}

/** Asks the user for one file; null when the picker was closed without one. */
export function pickTextFile(accept: string): Promise<TextFile | null> {
  return new Promise((resolve) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = accept;
    input.addEventListener('change', () => {
      const file = input.files?.[0];
      if (file === undefined) resolve(null);
      else file.text().then((text) => resolve({ name: file.name, text }));
    });
    input.addEventListener('cancel', () => resolve(null));
    input.click();
  });
}

export async function readTextFiles(files: Iterable<File>): Promise<TextFile[]> {
  return Promise.all([...files].map(async (file) => ({ name: file.name, text: await file.text() })));
}

export function downloadText(fileName: string, text: string, mediaType: string): void {
  download(fileName, new Blob([text], { type: mediaType }));
}

/** `content` as the host sends figures: text, or base64 for bytes. */
export function downloadContent(
  fileName: string,
  content: string,
  encoding: 'utf8' | 'base64',
  mediaType: string,
): void {
  download(fileName, contentBlob(content, encoding, mediaType));
}

export function contentBlob(content: string, encoding: 'utf8' | 'base64', mediaType: string): Blob {
  if (encoding === 'utf8') return new Blob([content], { type: mediaType });
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  return new Blob([bytes], { type: mediaType });
}

function download(fileName: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = fileName;
  link.click();
  // The browser has taken the blob once the click is over; a moment of grace for slow ones.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
