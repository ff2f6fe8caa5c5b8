/** What we use of pdfkit, which ships no types. */
declare module 'pdfkit' {
  import type { Readable } from 'node:stream';

  export interface PdfGradient {
    stop(offset: number, colour: string): PdfGradient;
  }

  /** OpenType features switched on or off. */
  export type PdfFeatures = Readonly<Record<string, boolean>>;

  export default class PDFDocument extends Readable {
    constructor(options: {
      size: [number, number];
      margin: number;
      compress?: boolean;
      lang?: string;
      pdfVersion?: '1.7';
      info?: Record<string, string>;
    });
    registerFont(name: string, path: string): this;
    font(name: string): this;
    fontSize(points: number): this;
    widthOfString(text: string, options: { features: PdfFeatures }): number;
    text(
      text: string,
      x: number,
      y: number,
      options: { features: PdfFeatures; lineBreak: false; baseline: 'alphabetic' },
    ): this;
    save(): this;
    restore(): this;
    rotate(degrees: number, options: { origin: [number, number] }): this;
    rect(x: number, y: number, width: number, height: number): this;
    path(d: string): this;
    clip(): this;
    fill(colour?: string | PdfGradient): this;
    stroke(colour?: string): this;
    fillAndStroke(fill: string, stroke: string): this;
    fillColor(colour: string): this;
    fillOpacity(opacity: number): this;
    strokeOpacity(opacity: number): this;
    lineWidth(points: number): this;
    lineJoin(join: 'miter' | 'round'): this;
    dash(length: number | readonly number[], options?: { space?: number }): this;
    undash(): this;
    linearGradient(x1: number, y1: number, x2: number, y2: number): PdfGradient;
    end(): void;
  }
}
