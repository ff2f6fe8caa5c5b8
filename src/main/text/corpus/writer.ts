/** Writes documents into a data set's folder, one after another, in constant memory. */
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { BufferedWriter } from '../files.ts';
import { Utf8Repairer } from '../utf8.ts';
import { documentsFile, indexFile } from './manifest.ts';

/** White space at the beginning of a document is held back up to this, to see whether there is anything else. */
const longestBlankStart = 1 << 20;

export class DocumentWriter {
  documents = 0;
  duplicates = 0;
  emptyDocuments = 0;
  invalidBytes = 0;
  private readonly handles: readonly FileHandle[];
  private readonly text: BufferedWriter;
  private readonly index: BufferedWriter;
  private readonly hash: Hash = createHash('sha256');
  private readonly seen = new FingerprintSet();
  private repairer = new Utf8Repairer();
  private documentHash: Hash = createHash('sha256');
  private documentStart = 0;
  private blank: Uint8Array[] = [];
  private blankBytes = 0;

  private constructor(text: FileHandle, index: FileHandle) {
    this.handles = [text, index];
    this.text = new BufferedWriter(text);
    this.index = new BufferedWriter(index);
  }

  static async open(folder: string): Promise<DocumentWriter> {
    const text = await open(join(folder, documentsFile), 'wx');
    try {
      return new DocumentWriter(text, await open(join(folder, indexFile), 'wx'));
    } catch (error) {
      await text.close();
      throw error;
    }
  }

  /** Bytes of text written. */
  get bytes(): number {
    return this.text.length;
  }

  /** More of the current document. The bytes need not be valid UTF-8, nor end where a character does. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.add(this.repairer.push(bytes));
  }

  /** The next `write` belongs to the next document. A document of white space alone is dropped and counted. */
  async endDocument(): Promise<void> {
    await this.add(this.repairer.end());
    this.invalidBytes += this.repairer.invalidBytes;
    this.repairer = new Utf8Repairer();
    const length = this.text.length - this.documentStart;
    if (length === 0) {
      this.emptyDocuments++;
      this.blank = [];
      this.blankBytes = 0;
      return;
    }
    const digest = this.documentHash.digest();
    if (!this.seen.add(digest.readUIntBE(0, 6))) this.duplicates++;
    this.hash.update(uint64(length));
    await this.index.write(uint64(this.text.length));
    this.documents++;
    this.documentHash = createHash('sha256');
    this.documentStart = this.text.length;
  }

  /** Everything is handed to the file system; returns the hash over content and boundaries. */
  async finish(): Promise<string> {
    await this.text.flush();
    await this.index.flush();
    return this.hash.digest('hex');
  }

  async close(): Promise<void> {
    for (const handle of this.handles) await handle.close();
  }

  private async add(text: Uint8Array): Promise<void> {
    if (text.length === 0) return;
    if (this.text.length === this.documentStart && isBlank(text) && this.blankBytes < longestBlankStart) {
      this.blank.push(text.slice());
      this.blankBytes += text.length;
      return;
    }
    for (const held of this.blank) await this.put(held);
    this.blank = [];
    this.blankBytes = 0;
    await this.put(text);
  }

  private async put(text: Uint8Array): Promise<void> {
    this.hash.update(text);
    this.documentHash.update(text);
    await this.text.write(text);
  }
}

function isBlank(text: Uint8Array): boolean {
  for (const byte of text) if (byte !== 0x20 && (byte < 0x09 || byte > 0x0d)) return false;
  return true;
}

function uint64(value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** 48-bit fingerprints in open addressing: 16 bytes a document at most, where a Set would hold 16.7 million and no more. */
class FingerprintSet {
  private slots = new Float64Array(1 << 10); // 0: free.
  private count = 0;

  /** False: it was there before. */
  add(fingerprint: number): boolean {
    const value = fingerprint + 1;
    if (!this.place(value)) return false;
    this.count++;
    if (this.count * 2 > this.slots.length) {
      const old = this.slots;
      this.slots = new Float64Array(old.length * 2);
      for (const held of old) if (held !== 0) this.place(held);
    }
    return true;
  }

  private place(value: number): boolean {
    const mask = this.slots.length - 1;
    // Fingerprints are uniform already; their low bits serve as the hash.
    let slot = value % this.slots.length;
    while (this.slots[slot] !== 0) {
      if (this.slots[slot] === value) return false;
      slot = (slot + 1) & mask;
    }
    this.slots[slot] = value;
    return true;
  }
}
