/**
 * Writes a drawn figure as SVG: exact width in millimetres, one user unit per point, text as text in Inter with fallbacks,
 * lines as paths (never bitmaps). The same figure gives the same bytes.
 */
import { drawFigure } from './drawing.ts';
import type { Box } from './placed.ts';
import type { Scene, Shape } from './scene.ts';
import type { Sheet } from './sheet.ts';
import type { Figure } from './spec.ts';
import { coordinate as at, toMillimetres } from './units.ts';
import { attributes, escapeText } from './xml.ts';

export const fontFamily = "Inter, 'Helvetica Neue', Helvetica, Arial, sans-serif";

/** The figure as an SVG document. Throws `input.invalid` where it cannot be drawn. */
export function renderSvg(figure: Figure | Sheet): string {
  return sceneSvg(drawFigure(figure));
}

export function sceneSvg(scene: Scene): string {
  const definitions: string[] = [];
  const body = scene.shapes.map((shape) => element(shape, definitions));
  const size = {
    xmlns: 'http://www.w3.org/2000/svg',
    width: `${at(scene.widthMm)}mm`,
    height: `${at(toMillimetres(scene.height))}mm`,
    viewBox: `0 0 ${at(scene.width)} ${at(scene.height)}`,
    role: 'img',
    'font-family': fontFamily,
    'font-size': at(scene.fontSize),
    fill: scene.ink,
  };
  const lines = [
    `<title>${escapeText(scene.description)}</title>`,
    `<rect${attributes({ width: at(scene.width), height: at(scene.height), fill: '#ffffff' })}/>`,
    definitions.length === 0 ? '' : `<defs>${definitions.join('')}</defs>`,
    ...body,
  ].filter((line) => line !== '');
  return `<svg${attributes(size)}>\n${lines.join('\n')}\n</svg>\n`;
}

function element(shape: Shape, definitions: string[]): string {
  switch (shape.kind) {
    case 'path': {
      const { stroke } = shape;
      return `<path${attributes({
        d: shape.d,
        fill: shape.fill ?? 'none',
        'fill-opacity': shape.fillOpacity === undefined ? '' : at(shape.fillOpacity),
        stroke: stroke?.colour ?? '',
        'stroke-width': stroke === undefined ? '' : at(stroke.width),
        'stroke-linejoin': stroke?.round === true ? 'round' : '',
        'stroke-dasharray': stroke?.dash?.map(at).join(' ') ?? '',
        'stroke-opacity': stroke?.opacity === undefined ? '' : at(stroke.opacity),
      })}/>`;
    }
    case 'box':
      return `<rect${attributes({ ...boxAttributes(shape.box), fill: shape.fill })}/>`;
    case 'ramp': {
      const name = `ramp-${definitions.length}`;
      const last = shape.colours.length - 1;
      const stops = shape.colours.map(
        (colour, index) => `<stop${attributes({ offset: at(index / last), 'stop-color': colour })}/>`,
      );
      definitions.push(
        `<linearGradient id="${name}" x1="0" y1="1" x2="0" y2="0">${stops.join('')}</linearGradient>`,
      );
      return `<rect${attributes({ ...boxAttributes(shape.box), fill: `url(#${name})` })}/>`;
    }
    case 'text': {
      const place: Record<string, string> = shape.turned
        ? { transform: `translate(${at(shape.x)} ${at(shape.y)}) rotate(-90)` }
        : { x: at(shape.x), y: at(shape.y) };
      return `<text${attributes({
        ...place,
        'text-anchor': shape.anchor === 'start' ? '' : shape.anchor,
        'font-weight': shape.weight === 'semibold' ? '600' : '',
      })}>${escapeText(shape.text)}</text>`;
    }
    case 'clipped': {
      const name = `clip-${definitions.length}`;
      definitions.push(`<clipPath id="${name}"><rect${attributes(boxAttributes(shape.box))}/></clipPath>`);
      const inner = shape.shapes.map((child) => element(child, definitions));
      return [`<g clip-path="url(#${name})">`, ...inner, '</g>'].join('\n');
    }
  }
}

function boxAttributes({ x, y, width, height }: Box): Record<string, string> {
  return { x: at(x), y: at(y), width: at(width), height: at(height) };
}
