/** What can be dragged onto the canvas. A click, or Enter, puts it into the selected block. */
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import type { ReactNode } from 'react';
import { ffnMethods } from '../../../../shared/methods/ffn/index.ts';
import { positionMethods } from '../../../../shared/methods/position/index.ts';
import { sharingMethods } from '../../../../shared/methods/sharing/index.ts';
import { headSharingLabels, type PaletteThing, thingLabel } from '../../../logic/canvasDrop.ts';
import { dropThing } from '../../../state/canvas.ts';
import { useView } from '../../../state/view.ts';
import { useDocument } from '../useDocument.ts';
import { usePaletteDrag } from './usePaletteDrag.ts';

const headHelp = {
  multiHead: 'Keys and values of its own for every head.',
  groupedQuery: 'Groups of four heads (or two) share keys and values.',
  multiQuery: 'All heads share one set of keys and values.',
} as const;

export function Palette() {
  const document = useDocument();
  const selection = useView((view) => view.selection);
  const block = selection.part === 'model' ? 0 : Math.min(selection.block, document.blocks.length - 1);
  const { ffn, attention } = document.blocks[block]!;
  const kinds = (baselines: boolean) =>
    ffnMethods
      .filter((method) => (method.standing === 'baseline') === baselines)
      .map(({ kind, summary }) => (
        <Tile
          key={kind}
          thing={{ part: 'ffn', kind }}
          block={block}
          help={summary}
          colour={kind}
          pressed={kind === ffn.kind}
        />
      ));
  return (
    <>
      <Group title="Feed-forward">{kinds(false)}</Group>
      <Group title="Baselines">{kinds(true)}</Group>
      <Group title="Attention">
        {(['multiHead', 'groupedQuery', 'multiQuery'] as const).map((kind) => (
          <Tile
            key={kind}
            thing={{ part: 'heads', kind }}
            block={block}
            label={headSharingLabels[kind]}
            help={headHelp[kind]}
          />
        ))}
        {positionMethods.map(({ kind, summary }) => (
          <Tile
            key={kind}
            thing={{ part: 'position', kind }}
            block={block}
            help={summary}
            colour={kind}
            pressed={kind === attention.position.kind}
          />
        ))}
      </Group>
      <Group title="Across layers">
        {sharingMethods.map(({ kind, label, summary }) => (
          <Tile
            key={kind}
            thing={{ part: 'sharing', kind }}
            block={block}
            label={kind === 'none' ? 'Share nothing' : label}
            help={summary}
            colour={kind}
            pressed={kind === document.sharing.kind}
          />
        ))}
      </Group>
      <Group title="Whole block">
        <Tile
          thing={{ part: 'block' }}
          block={block}
          help="Plain attention and a dense feed-forward network, as wide as the block it stands beside. Drop it between two blocks, or on a block to replace it."
        />
      </Group>
    </>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="palette-group-of">
      <Typography variant="h3" component="h2" className="palette-title">
        {title}
      </Typography>
      <div className="palette-tiles">{children}</div>
    </div>
  );
}

interface TileProps {
  readonly thing: PaletteThing;
  readonly block: number;
  readonly help: string;
  readonly label?: string;
  readonly colour?: string;
  /** Absent: the tile is no choice among others. */
  readonly pressed?: boolean;
}

function Tile({ thing, block, help, label = thingLabel(thing), colour, pressed }: TileProps) {
  const { onPointerDown, wasDragged } = usePaletteDrag(thing);
  return (
    <Tooltip
      title={`${help} Drag it onto the canvas, or click to put it into the selected block.`}
      placement="right"
    >
      <button
        type="button"
        className="library-item"
        data-kind={colour}
        data-part={thing.part}
        aria-pressed={pressed}
        onPointerDown={onPointerDown}
        onClick={() => {
          if (wasDragged()) return;
          const at = thing.part === 'ffn' ? 'ffn' : thing.part === 'block' ? 'block' : 'attention';
          if (pressed !== true) dropThing(thing, { at, block, layer: null });
        }}
      >
        <i aria-hidden="true" />
        <span className="library-name">{label}</span>
      </button>
    </Tooltip>
  );
}
