/** The few lines of the protocol-buffer wire format that writing an ONNX model takes. */

const encoder = new TextEncoder();

function varint(number: number | bigint): number[] {
  // Negative int64 values are written as their two's complement in 64 bits.
  let rest = BigInt.asUintN(64, BigInt(number));
  const bytes: number[] = [];
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}

/** A message under construction. Field numbers are those of onnx.proto3. */
export class Message {
  readonly #pieces: Uint8Array[] = [];
  #size = 0;

  #push(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#size += bytes.length;
  }

  integer(field: number, value: number | bigint): this {
    this.#push(Uint8Array.from([...varint(field << 3), ...varint(value)]));
    return this;
  }

  float(field: number, value: number): this {
    this.#push(Uint8Array.from(varint((field << 3) | 5)));
    this.#push(new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#push(Uint8Array.from([...varint((field << 3) | 2), ...varint(value.length)]));
    this.#push(value);
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, encoder.encode(value));
  }

  message(field: number, value: Message): this {
    this.#push(Uint8Array.from([...varint((field << 3) | 2), ...varint(value.#size)]));
    for (const piece of value.#pieces) this.#push(piece);
    return this;
  }

  finish(): Uint8Array {
    const result = new Uint8Array(this.#size);
    let offset = 0;
    for (const piece of this.#pieces) {
      result.set(piece, offset);
      offset += piece.length;
    }
    return result;
  }
}
