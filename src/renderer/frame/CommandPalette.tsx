/** Ctrl+K: every action, preset, run and data set by name, found by a few letters. */
import SearchOutlined from '@mui/icons-material/SearchOutlined';
import Dialog from '@mui/material/Dialog';
import InputBase from '@mui/material/InputBase';
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { presets } from '../../shared/architecture/presets.ts';
import { Keys } from '../actions/ActionButton.tsx';
import { actions } from '../actions/actions.ts';
import { runAction } from '../actions/keys.ts';
import { isEnabled } from '../actions/registry.ts';
import { fuzzyFilter } from '../logic/fuzzy.ts';
import { choosePreset } from '../state/design.ts';
import { closeOverlay, useOverlay } from '../state/dialogs.ts';
import { openRun, setView } from '../state/view.ts';
import { useWorkspace } from '../state/workspace.ts';

interface Entry {
  readonly key: string;
  readonly group: string;
  readonly label: string;
  readonly shortcut?: string | undefined;
  readonly run: () => void;
}

export function CommandPalette() {
  const open = useOverlay((overlay) => overlay.open === 'palette');
  return (
    <Dialog
      open={open}
      onClose={closeOverlay}
      slotProps={{ paper: { className: 'palette', 'aria-label': 'Search or run a command' } }}
      transitionDuration={120}
    >
      {open && <PaletteBody />}
    </Dialog>
  );
}

function PaletteBody() {
  const [query, setQuery] = useState('');
  const [position, setPosition] = useState(0);
  const entries = useEntries();
  const listId = useId();
  const list = useRef<HTMLDivElement>(null);
  const found = useMemo(
    () => fuzzyFilter(query, entries, (entry) => [entry.label, `${entry.group} ${entry.label}`]).slice(0, 60),
    [query, entries],
  );
  const current = found[Math.min(position, found.length - 1)];

  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  });

  const choose = (entry: Entry | undefined) => {
    if (entry === undefined) return;
    closeOverlay();
    // After the dialog has given the focus back, so that an action may move it.
    setTimeout(entry.run, 0);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    const move = moves[event.key];
    if (move !== undefined && found.length > 0) {
      event.preventDefault();
      setPosition(Math.max(0, Math.min(found.length - 1, position + move)));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      choose(current);
    }
  };

  return (
    <>
      <div className="palette-search">
        <SearchOutlined />
        <InputBase
          autoFocus
          fullWidth
          placeholder="Search actions, presets, runs, data sets"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setPosition(0);
          }}
          onKeyDown={onKeyDown}
          inputProps={{
            'aria-label': 'Search or run a command',
            role: 'combobox',
            'aria-expanded': true,
            'aria-controls': listId,
            'aria-activedescendant': current === undefined ? undefined : `${listId}-${current.key}`,
          }}
        />
      </div>
      <div className="palette-list" id={listId} role="listbox" aria-label="Results" ref={list}>
        {found.map((entry) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the combobox above, which keeps the focus
          <div
            key={entry.key}
            id={`${listId}-${entry.key}`}
            role="option"
            tabIndex={-1}
            aria-selected={entry === current}
            onClick={() => choose(entry)}
            onPointerMove={() => setPosition(found.indexOf(entry))}
          >
            <span className="palette-group">{entry.group}</span>
            <span className="grow">{entry.label}</span>
            {entry.shortcut !== undefined && <Keys shortcut={entry.shortcut} />}
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="palette-none">Nothing is called “{query}”.</p>}
    </>
  );
}

function useEntries(): Entry[] {
  const runs = useWorkspace((workspace) => workspace.runs.value);
  const data = useWorkspace((workspace) => workspace.data.value);
  return useMemo(
    () => [
      ...actions
        .filter((action) => action.name !== 'view.palette' && isEnabled(action))
        .map((action) => ({
          key: action.name,
          group: action.group,
          label: action.label,
          shortcut: action.shortcut,
          run: () => runAction(action),
        })),
      ...(runs ?? []).map((run) => ({
        key: `run-${run.run}`,
        group: 'Run',
        label: `${run.name} · ${run.state}`,
        run: () => openRun(run.run),
      })),
      ...presets.map((preset) => ({
        key: `preset-${preset.name}`,
        group: 'Preset',
        label: preset.name,
        run: () => {
          choosePreset(preset);
          setView({ page: 'design', designTab: 'model' });
        },
      })),
      ...(data ?? []).map((row) => ({
        key: `data-${row.name}`,
        group: 'Data',
        label: row.name,
        run: () => setView({ page: 'data' }),
      })),
    ],
    [runs, data],
  );
}
