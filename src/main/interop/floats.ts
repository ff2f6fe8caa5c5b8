/** Half-precision formats read as float32, exactly: every finite half is a float32. */

/** IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
export function float16ToFloat32(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let index = 0; index < halves.length; index++) {
    const half = halves[index]!;
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0x1f) bits[index] = sign | 0x7f800000 | (fraction << 13);
    else if (exponent !== 0) bits[index] = sign | ((exponent + 112) << 23) | (fraction << 13);
    else if (fraction === 0) bits[index] = sign;
    else {
      // A subnormal half is a normal float32: shift its leading one out and lower the exponent as far.
      const shift = Math.clz32(fraction) - 21;
      bits[index] = sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
    }
  }
  return new Float32Array(bits.buffer);
}

/** bfloat16 is the upper half of a float32. */
export function bfloat16ToFloat32(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let index = 0; index < halves.length; index++) bits[index] = halves[index]! << 16;
  return new Float32Array(bits.buffer);
}
