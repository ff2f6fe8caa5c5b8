/** The left-hand panel: sizes to start from, and the feed-forward network of the selected block. */
import ChevronLeft from '@mui/icons-material/ChevronLeft';
import ChevronRight from '@mui/icons-material/ChevronRight';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import { useMemo } from 'react';
import { countArchitecture } from '../../../shared/architecture/counts.ts';
import { setFfnKind } from '../../../shared/architecture/edits.ts';
import { presets } from '../../../shared/architecture/presets.ts';
import { formatSI } from '../../../shared/format.ts';
import { type FfnKind, ffnMethods } from '../../../shared/methods/ffn/index.ts';
import { renameForKind } from '../../logic/names.ts';
import { choosePreset, edit, useDesign } from '../../state/design.ts';
import { setView, useView } from '../../state/view.ts';
import { useDocument } from './useDocument.ts';

export function Library() {
  const open = useView((view) => view.presetsOpen);
  const document = useDocument();
  const base = useDesign((design) => design.base.name);
  const selection = useView((view) => view.selection);
  const block = selection.part === 'model' ? 0 : Math.min(selection.block, document.blocks.length - 1);
  const kind = document.blocks[block]!.ffn.kind;
  const ofKind = useMemo(
    () =>
      presets
        .filter((preset) => preset.kind === kind)
        .map((preset) => ({ preset, parameters: countArchitecture(preset.architecture).parameters.total })),
    [kind],
  );
  const toggle = (
    <Tooltip title={open ? 'Fold presets away' : 'Show presets'} placement="right">
      <IconButton
        aria-label={open ? 'Fold presets away' : 'Show presets'}
        aria-expanded={open}
        onClick={() => setView({ presetsOpen: !open })}
      >
        {open ? <ChevronLeft /> : <ChevronRight />}
      </IconButton>
    </Tooltip>
  );
  if (!open) return <aside className="library library-folded">{toggle}</aside>;
  return (
    <aside className="library" aria-label="Presets and blocks">
      <div className="panel-head">
        <Typography variant="h3" component="h2">
          Feed-forward
        </Typography>
        <span className="grow" />
        {toggle}
      </div>
      <FfnChoices methods={baselines(false)} kind={kind} block={block} />
      <Typography variant="h3" component="h2" className="library-heading">
        Baselines
      </Typography>
      <FfnChoices methods={baselines(true)} kind={kind} block={block} />
      <Typography variant="h3" component="h2" className="library-heading">
        Presets
      </Typography>
      {ofKind.map(({ preset, parameters }) => (
        <Tooltip key={preset.name} title={preset.architecture.notes} placement="right">
          <button
            type="button"
            className="library-item"
            data-kind={preset.kind}
            aria-pressed={preset.name === base}
            onClick={() => {
              choosePreset(preset);
              setView({ selection: { part: 'ffn', block: 0 }, designTab: 'model' });
            }}
          >
            <i aria-hidden="true" />
            <span className="library-name">{preset.name}</span>
            {preset.device === 'gpu' ? (
              <span className="tag">GPU</span>
            ) : (
              <span className="number muted">{formatSI(parameters)}</span>
            )}
          </button>
        </Tooltip>
      ))}
    </aside>
  );
}

const baselines = (wanted: boolean) =>
  ffnMethods.filter((method) => (method.standing === 'baseline') === wanted);

interface FfnChoicesProps {
  readonly methods: typeof ffnMethods;
  readonly kind: FfnKind;
  readonly block: number;
}

/** Feed-forward networks to put into the selected block. */
function FfnChoices({ methods, kind, block }: FfnChoicesProps) {
  return methods.map((method) => (
    <Tooltip key={method.kind} title={method.summary} placement="right">
      <button
        type="button"
        className="library-item"
        data-kind={method.kind}
        aria-pressed={method.kind === kind}
        onClick={() => {
          edit(`feed-forward ${method.label}`, (now) =>
            renameForKind(setFfnKind(now, block, method.kind), method.kind),
          );
          setView({ selection: { part: 'ffn', block }, designTab: 'model' });
        }}
      >
        <i aria-hidden="true" />
        {method.label}
      </button>
    </Tooltip>
  ));
}
