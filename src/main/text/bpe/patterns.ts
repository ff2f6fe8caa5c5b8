/**
 * Pre-tokenisation by the patterns of tokenizer.json files from elsewhere (Llama 3, Qwen, GPT-4o, StarCoder, ...).
 * They are written for Oniguruma; this translates what such files use into JavaScript (flag `v`) and refuses the rest.
 */
import { FinegrainError } from '../../../shared/errors.ts';
import { addedInUnicode17Class, type Splitter, splitGpt2 } from './splitter.ts';

/** Cuts one piece of text into pieces that together are the text. */
export type PieceCutter = (piece: string) => string[];

/** Cuts at every match: matches and what lies between them are pieces (`Isolated`). */
export function isolateMatches(pattern: RegExp): PieceCutter {
  return (piece) => {
    const pieces: string[] = [];
    let from = 0;
    for (const match of piece.matchAll(pattern)) {
      if (match[0].length === 0) continue;
      if (match.index > from) pieces.push(piece.slice(from, match.index));
      from = match.index + match[0].length;
      pieces.push(match[0]);
    }
    if (from < piece.length) pieces.push(piece.slice(from));
    return pieces;
  };
}

/** `Digits`: each numeral by itself, or runs of them. */
export function isolateDigits(individually: boolean): PieceCutter {
  const numeral = translateClass('N');
  return isolateMatches(new RegExp(individually ? numeral : `${numeral}+`, 'gv'));
}

/** A splitter that applies the cutters one after another, then GPT-2's pattern if `gpt2` is set. */
export function splitByPieces(cutters: readonly PieceCutter[], gpt2: boolean): Splitter {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return (bytes, start, end, ends) => {
    let pieces = [decoder.decode(bytes.subarray(start, end))];
    for (const cutter of cutters) pieces = pieces.flatMap(cutter);
    let from = start;
    for (const piece of pieces) {
      const to = from + Buffer.byteLength(piece);
      if (gpt2) splitGpt2(bytes, from, to, ends);
      else ends.push(to);
      from = to;
    }
  };
}

/** Oniguruma's pattern as a JavaScript one. Throws FinegrainError `data.unreadable` for what has no translation. */
export function translatePattern(source: string): RegExp {
  try {
    return new RegExp(new Translation(source).translate(), 'gv');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FinegrainError(
      'data.unreadable',
      `The pattern ${JSON.stringify(source)} of the tokenizer's pre_tokenizer cannot be translated: ${reason}`,
      'Use a tokenizer with GPT-2, Llama 3 or similar pre-tokenisation.',
    );
  }
}

/** `\p{L}` and the like, without what newer Unicode versions than Hugging Face's put into them. */
function translateClass(name: string): string {
  if (/^(L|N|L[a-z&]|N[a-z])$/.test(name)) return `[\\p{${name}}--${addedInUnicode17Class}]`;
  // Scripts go by their bare names in Oniguruma.
  return /^[A-Z][a-z_]{2,}$/.test(name) ? `\\p{Script=${name}}` : `\\p{${name}}`;
}

class Translation {
  private readonly source: string;
  private at = 0;
  private out = '';
  private atom = 0; // Where in `out` the last whole atom begins.
  private readonly groups: number[] = [];
  private captures = 0;

  constructor(source: string) {
    this.source = source;
  }

  translate(): string {
    while (this.at < this.source.length) this.step();
    return this.out;
  }

  private step(): void {
    const character = this.source[this.at]!;
    if (/[*+?{]/.test(character)) this.quantifier();
    else if (character === '|') this.copy(1);
    else if (character === '(') this.group(this.out.length);
    else if (character === ')') {
      this.atom = this.groups.pop() ?? 0;
      this.copy(1);
    } else {
      this.atom = this.out.length;
      this.single(character);
    }
  }

  private single(character: string): void {
    if (character === '[') this.out += this.characterClass();
    else if (character === '\\') this.out += this.escape(false);
    else if (character === '.') this.replace(1, '[^\\n]');
    else if (character === '$')
      this.replace(1, '(?=\\n|$)'); // The end of a line too, in Oniguruma.
    else if (character === '^') throw new Error('the anchor ^ is not supported.');
    else this.literal();
  }

  private literal(): void {
    const character = String.fromCodePoint(this.source.codePointAt(this.at)!);
    this.replace(character.length, /[\]}/]/.test(character) ? `\\${character}` : character);
  }

  private group(start: number): void {
    this.groups.push(start);
    const opening = /^\((\?(:|=|!|<=|<!|i:|>))?/.exec(this.source.slice(this.at))![0];
    if (opening === '(?>') throw new Error('atomic groups are not supported.');
    if (opening === '(' && this.source[this.at + 1] === '?')
      throw new Error('this kind of group is not supported.');
    // A plain group captures in the original; nothing refers to it.
    this.replace(opening.length, opening === '(' ? '(?:' : opening);
  }

  /** A possessive quantifier `X++` is written as `(?=(X+))\1`: what a lookahead matched is never given back. */
  private quantifier(): void {
    const found = /^([*+?]|\{\d*,?\d*\})([+?]?)/.exec(this.source.slice(this.at));
    if (found === null) throw new Error('a { that opens no quantifier.');
    const [whole, quantifier, suffix] = found as unknown as [string, string, string];
    // After braces a + is no possessive mark for Oniguruma but a second quantifier.
    if (quantifier.startsWith('{') && suffix === '+') throw new Error(`${whole} is not supported.`);
    this.at += whole.length;
    if (suffix !== '+') {
      this.out += whole;
      return;
    }
    const name = `possessive${this.captures++}`;
    const body = this.out.slice(this.atom);
    this.out = `${this.out.slice(0, this.atom)}(?:(?=(?<${name}>${body}${quantifier}))\\k<${name}>)`;
  }

  private escape(inClass: boolean): string {
    const rest = this.source.slice(this.at);
    const property = /^\\([pP])\{(\^?)([A-Za-z_&]+)\}/.exec(rest);
    if (property !== null) {
      this.at += property[0].length;
      const negated = (property[1] === 'P') !== (property[2] === '^');
      const translated = translateClass(property[3]!);
      return negated ? `[^${translated}]` : translated;
    }
    const code = /^\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})/.exec(rest);
    if (code !== null) {
      this.at += code[0].length;
      return code[0];
    }
    const character = rest[1];
    if (character === undefined) throw new Error('it ends in a backslash.');
    this.at += 2;
    if (character === 's') return '\\p{White_Space}';
    if (character === 'S') return '\\P{White_Space}';
    if (character === 'd') return '\\p{Nd}';
    if (/[rntfv]/.test(character)) return `\\${character}`;
    if (/[A-Za-z0-9]/.test(character)) throw new Error(`\\${character} is not supported.`);
    if (/[\^$\\.*+?()[\]{}|/]/.test(character)) return `\\${character}`;
    return inClass ? `\\u{${character.codePointAt(0)!.toString(16)}}` : character;
  }

  private characterClass(): string {
    this.at++;
    let out = '[';
    if (this.source[this.at] === '^') {
      out += '^';
      this.at++;
    }
    for (;;) {
      const character = this.source[this.at];
      if (character === undefined) throw new Error('a class is not closed.');
      if (character === ']') break;
      if (character === '[') out += this.characterClass();
      else if (character === '\\') out += this.escape(true);
      else if (this.source.startsWith('&&', this.at)) {
        out += '&&';
        this.at += 2;
      } else if (character === '-' && this.isRange(out)) {
        out += '-';
        this.at++;
      } else {
        const code = this.source.codePointAt(this.at)!;
        out += `\\u{${code.toString(16)}}`;
        this.at += code > 0xffff ? 2 : 1;
      }
    }
    this.at++;
    return `${out}]`;
  }

  /** A minus between two single characters. */
  private isRange(out: string): boolean {
    const before = /(\\u\{[0-9a-f]+\}|\\x..|\\u....|\\[rntfv])$/.test(out);
    const after = this.source[this.at + 1];
    return before && after !== undefined && after !== ']' && after !== '[';
  }

  private copy(length: number): void {
    this.out += this.source.slice(this.at, this.at + length);
    this.at += length;
  }

  private replace(length: number, by: string): void {
    this.out += by;
    this.at += length;
  }
}
