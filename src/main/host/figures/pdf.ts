/** Writes a drawn figure as PDF: vectors, and text as text in Inter, of which the glyphs used are embedded. */
import PDFDocument from 'pdfkit';
import type { Scene, Shape } from '../../../shared/figures/scene.ts';
import { fontFiles } from './fonts.ts';

export function renderPdf(scene: Scene): Promise<Buffer> {
  const document = new PDFDocument({
    size: [scene.width, scene.height],
    margin: 0,
    lang: 'en',
    info: { Title: scene.description, Creator: 'Finegrain' },
  });
  const written = collect(document);
  for (const [weight, path] of Object.entries(fontFiles)) document.registerFont(weight, path);
  document.fontSize(scene.fontSize);
  for (const shape of scene.shapes) draw(document, shape, scene.ink);
  document.end();
  return written;
}

function collect(document: PDFDocument): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    document.on('data', (part: Buffer) => parts.push(part));
    document.on('end', () => resolve(Buffer.concat(parts)));
    document.on('error', reject);
  });
}

function draw(document: PDFDocument, shape: Shape, ink: string): void {
  document.save();
  switch (shape.kind) {
    case 'path':
      drawPath(document, shape);
      break;
    case 'box': {
      const { x, y, width, height } = shape.box;
      document.rect(x, y, width, height).fill(shape.fill);
      break;
    }
    case 'ramp': {
      const { x, y, width, height } = shape.box;
      const gradient = document.linearGradient(x, y + height, x, y);
      const last = shape.colours.length - 1;
      shape.colours.forEach((colour, index) => {
        gradient.stop(index / last, colour);
      });
      document.rect(x, y, width, height).fill(gradient);
      break;
    }
    case 'text':
      drawText(document, shape, ink);
      break;
    case 'clipped': {
      const { x, y, width, height } = shape.box;
      document.rect(x, y, width, height).clip();
      for (const child of shape.shapes) draw(document, child, ink);
      break;
    }
  }
  document.restore();
}

function drawPath(
  document: PDFDocument,
  { d, fill, fillOpacity, stroke }: Extract<Shape, { kind: 'path' }>,
): void {
  if (d === '') return;
  document.path(d);
  if (fillOpacity !== undefined) document.fillOpacity(fillOpacity);
  if (stroke === undefined) {
    document.fill(fill ?? 'black');
    return;
  }
  document.lineWidth(stroke.width).lineJoin(stroke.round === true ? 'round' : 'miter');
  if (stroke.dash !== undefined && stroke.dash.length > 0) document.dash(stroke.dash);
  if (stroke.opacity !== undefined) document.strokeOpacity(stroke.opacity);
  if (fill === undefined) document.stroke(stroke.colour);
  else document.fillAndStroke(fill, stroke.colour);
}

function drawText(document: PDFDocument, shape: Extract<Shape, { kind: 'text' }>, ink: string): void {
  const { text, x, y } = shape;
  if (text === '') return;
  document.font(shape.weight ?? 'regular').fillColor(ink);
  const width = document.widthOfString(text, { features: plain });
  const before = { start: 0, middle: width / 2, end: width }[shape.anchor];
  if (shape.turned === true) document.rotate(-90, { origin: [x, y] });
  document.text(text, x - before, y, { features: plain, lineBreak: false, baseline: 'alphabetic' });
}

/** The layout measured text without kerning, and kerned figures (7.0) run into each other at these sizes. */
const plain = { kern: false, calt: false } as const;
