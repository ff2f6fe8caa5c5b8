/** A figure's SVG as PNG, by resvg, at a resolution that the file itself states. */
import { crc32 } from 'node:zlib';
import { renderAsync } from '@resvg/resvg-js';
import { toPixels } from '../../../shared/figures/units.ts';
import { fontFiles } from './fonts.ts';

/** PNG bytes of an SVG that is `widthMm` wide, at `dpi` dots per inch. */
export async function renderPng(svg: string, widthMm: number, dpi = 300): Promise<Buffer> {
  const image = await renderAsync(svg, {
    fitTo: { mode: 'width', value: toPixels(widthMm, dpi) },
    background: '#ffffff',
    font: {
      loadSystemFonts: false,
      fontFiles: Object.values(fontFiles),
      defaultFontFamily: 'Inter',
      sansSerifFamily: 'Inter',
    },
  });
  return withResolution(image.asPng(), dpi);
}

const signatureLength = 8;

/** Adds a pHYs chunk (pixels per metre) after the header, so that a document places the image at its true size. */
export function withResolution(png: Buffer, dpi: number): Buffer {
  const headerEnd = signatureLength + 12 + png.readUInt32BE(signatureLength);
  const perMetre = Math.round(dpi / 0.0254);
  const body = Buffer.alloc(13);
  body.write('pHYs', 0, 'latin1');
  body.writeUInt32BE(perMetre, 4);
  body.writeUInt32BE(perMetre, 8);
  body.writeUInt8(1, 12); // unit: the metre
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length - 4);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([png.subarray(0, headerEnd), length, body, checksum, png.subarray(headerEnd)]);
}
