/** The left-hand panel: sizes to start from, and the feed-forward network of the selected block. */
import ChevronLeft from '@mui/icons-material/ChevronLeft';
import ChevronRight from '@mui/icons-material/ChevronRight';
import IconButton from '@mui/material/IconButton';
import MenuItem from '@mui/material/MenuItem';
import Select from '@mui/material/Select';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import { useMemo } from 'react';
import { setFfnKind } from '../../../shared/architecture/edits.ts';
import { formatSI } from '../../../shared/format.ts';
import { type FfnKind, ffnMethods } from '../../../shared/methods/ffn/index.ts';
import { renameForKind } from '../../logic/names.ts';
import { presetGroups, presetSizes } from '../../logic/presetGroups.ts';
import { choosePreset, edit, useDesign } from '../../state/design.ts';
import { setView, useView } from '../../state/view.ts';
import { useDocument } from './useDocument.ts';

export function Library() {
  const open = useView((view) => view.presetsOpen);
  const document = useDocument();
  const base = useDesign((design) => design.base.name);
  const size = useView((view) => view.presetSize);
  const selection = useView((view) => view.selection);
  const block = selection.part === 'model' ? 0 : Math.min(selection.block, document.blocks.length - 1);
  const kind = document.blocks[block]!.ffn.kind;
  const groups = useMemo(() => presetGroups(size), [size]);
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
      <div className="panel-head library-heading">
        <Typography variant="h3" component="h2">
          Presets
        </Typography>
        <span className="grow" />
        <Select
          className="small-select"
          value={size}
          onChange={(event) => setView({ presetSize: event.target.value })}
          inputProps={{ 'aria-label': 'Size of presets' }}
        >
          {presetSizes.map(({ name, label }) => (
            <MenuItem key={name} value={name}>
              {label}
            </MenuItem>
          ))}
        </Select>
      </div>
      {groups.map(({ group, title, entries }) => (
        <section key={group} aria-label={title}>
          <h3 className="library-group">{title}</h3>
          {entries.map(({ preset, kind: colour, parameters }) => (
            <Tooltip key={preset.name} title={preset.architecture.notes} placement="right">
              <button
                type="button"
                className="library-item"
                data-kind={colour}
                aria-pressed={preset.name === base}
                onClick={() => {
                  choosePreset(preset);
                  setView({ selection: { part: 'ffn', block: 0 }, designTab: 'model' });
                }}
              >
                <i aria-hidden="true" />
                <span className="library-name">{preset.name}</span>
                <span className="number muted">{formatSI(parameters)}</span>
              </button>
            </Tooltip>
          ))}
        </section>
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
