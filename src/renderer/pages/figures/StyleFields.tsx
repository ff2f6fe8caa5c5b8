/** The looks of a figure: the same fields for a saved figure and for the export of one. */
import {
  colourMapNames,
  type PaletteName,
  paletteColours,
  paletteNames,
} from '../../../shared/figures/colours.ts';
import { columnWidths, type FigureDocumentStyle } from '../../../shared/figures/document.ts';
import { type LegendPlace, legendPlaces } from '../../../shared/figures/spec.ts';
import { ChoiceField } from '../../components/fields/ChoiceField.tsx';
import { NumberField } from '../../components/fields/NumberField.tsx';
import { SwitchField } from '../../components/fields/SwitchField.tsx';

interface Props {
  readonly style: FigureDocumentStyle;
  readonly onChange: (change: Partial<FigureDocumentStyle>, label: string) => void;
}

const mapChoice = 'suited';

export function StyleFields({ style, onChange }: Props) {
  return (
    <>
      <NumberField
        help={{ label: 'Width', help: 'As printed.' }}
        value={style.widthMm}
        unit="mm"
        bounds={{ integer: false, minimum: 20, maximum: 400 }}
        onChange={(widthMm) => onChange({ widthMm }, 'width')}
      />
      <div className="width-presets">
        {columnWidths.map((preset) => (
          <button
            key={preset.name}
            type="button"
            className="text-button"
            aria-pressed={style.widthMm === preset.mm}
            onClick={() => onChange({ widthMm: preset.mm }, 'width')}
          >
            {preset.name} {preset.mm}
          </button>
        ))}
      </div>
      <NumberField
        help={{ label: 'Font size', help: 'As printed. Journals ask for 6 to 9 pt.' }}
        value={style.fontSize}
        unit="pt"
        bounds={{ integer: false, minimum: 4, maximum: 24 }}
        onChange={(fontSize) => onChange({ fontSize }, 'font size')}
      />
      <NumberField
        help={{ label: 'Line width', help: 'Of curves, as printed. An eighth of the font size suits most.' }}
        value={style.lineWidth ?? Math.max(0.6, style.fontSize / 8)}
        unit="pt"
        bounds={{ integer: false, minimum: 0.1, maximum: 10 }}
        onChange={(lineWidth) => onChange({ lineWidth }, 'line width')}
      />
      <ChoiceField
        help={{
          label: 'Palette',
          help: 'Colours of lines, safe for colour blindness; runs differ in dash too.',
        }}
        value={style.palette ?? 'okabe-ito'}
        choices={paletteNames.map((value) => ({ value, label: <Swatches palette={value} /> }))}
        onChange={(palette) => onChange({ palette: palette as PaletteName }, 'palette')}
      />
      <ChoiceField
        help={{
          label: 'Colour map',
          help: 'Of fields. Signed values always have a diverging map with 0 in its middle.',
        }}
        value={style.map ?? mapChoice}
        choices={[mapChoice, ...colourMapNames].map((value) => ({ value }))}
        onChange={(value) => onChange({ map: colourMapNames.find((name) => name === value) }, 'colour map')}
      />
      <ChoiceField
        help={{ label: 'Legend', help: 'Where the legend stands.' }}
        value={style.legendPlace ?? 'top'}
        choices={legendPlaces.map((value) => ({ value }))}
        onChange={(value) => onChange({ legendPlace: value as LegendPlace }, 'legend')}
      />
      <SwitchField
        help={{ label: 'Titles', help: 'A paper says it in the caption.' }}
        value={style.titles ?? true}
        onChange={(titles) => onChange({ titles }, 'titles')}
      />
      <SwitchField
        help={{ label: 'Grid lines', help: 'At the ticks, light grey.' }}
        value={style.grid ?? false}
        onChange={(grid) => onChange({ grid }, 'grid lines')}
      />
      <SwitchField
        help={{ label: 'Letters', help: '(a), (b) over the panels.' }}
        value={style.letters ?? true}
        onChange={(letters) => onChange({ letters }, 'letters')}
      />
    </>
  );
}

function Swatches({ palette }: { palette: PaletteName }) {
  return (
    <span className="swatches">
      {palette}
      <span aria-hidden="true">
        {paletteColours(palette)
          .slice(0, 4)
          .map((colour) => (
            <i key={colour} style={{ background: colour }} />
          ))}
      </span>
    </span>
  );
}
