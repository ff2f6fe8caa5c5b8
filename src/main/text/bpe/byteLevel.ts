/**
 * GPT-2's way of writing bytes as printable characters: a byte that prints stands for itself, any other is moved to
 * U+0100 and on. Tokens in tokenizer.json are written this way (`Ġ` is the space).
 */

/** The character of each byte. */
export const byteCharacters: readonly string[] = makeByteCharacters();

const characterBytes = new Map(byteCharacters.map((character, byte) => [character, byte]));

function makeByteCharacters(): string[] {
  const prints = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  let moved = 0;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCodePoint(prints(byte) ? byte : 0x100 + moved++),
  );
}

/** The bytes a token stands for; null when it holds a character that stands for no byte. */
export function tokenBytes(token: string): Uint8Array | null {
  const bytes = new Uint8Array(token.length); // Each byte's character is one UTF-16 unit.
  let length = 0;
  for (const character of token) {
    const byte = characterBytes.get(character);
    if (byte === undefined) return null;
    bytes[length++] = byte;
  }
  return bytes.subarray(0, length);
}
