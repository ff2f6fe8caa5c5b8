/** Just enough XML to write SVG safely. */

export function escapeText(text: string): string {
  return stripControls(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** ` name="value"` for each attribute with a value, in the order given. */
export function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => ` ${name}="${escapeText(value).replaceAll('"', '&quot;')}"`)
    .join('');
}

/** XML 1.0 forbids most control characters and lone surrogates; a run's name may hold any. */
function stripControls(text: string): string {
  let clean = '';
  for (const character of text) {
    const code = character.codePointAt(0)!;
    const allowed =
      code >= 0x20 ? !(code >= 0xd800 && code <= 0xdfff) && code < 0xfffe : code === 9 || code === 10;
    clean += allowed || code > 0xffff ? character : '\ufffd';
  }
  return clean;
}
