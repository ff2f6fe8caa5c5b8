/** The typed query: completes fields and values, says where it cannot be read, keeps queries as chips. */
import BookmarkAddOutlined from '@mui/icons-material/BookmarkAddOutlined';
import BookmarkRemoveOutlined from '@mui/icons-material/BookmarkRemoveOutlined';
import CloseOutlined from '@mui/icons-material/CloseOutlined';
import FilterListOutlined from '@mui/icons-material/FilterListOutlined';
import IconButton from '@mui/material/IconButton';
import OutlinedInput from '@mui/material/OutlinedInput';
import Tooltip from '@mui/material/Tooltip';
import { type KeyboardEvent, useId, useMemo, useRef, useState } from 'react';
import type { FieldCatalogue } from '../../../../shared/run/records.ts';
import type { QueryProblem } from '../../../logic/runQuery.ts';
import { applyCompletion, type Completion, completeQuery } from '../../../logic/runQueryCompletion.ts';
import { setRunTable, toggleSaved, useRunTable } from '../../../state/runTable.ts';

interface Props {
  readonly catalogue: FieldCatalogue;
  readonly problem: QueryProblem | null;
}

export function QueryBar({ catalogue, problem }: Props) {
  const query = useRunTable((table) => table.query);
  const saved = useRunTable((table) => table.saved);
  const input = useRef<HTMLInputElement>(null);
  const [caret, setCaret] = useState(0);
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const listId = useId();
  const problemId = useId();
  const completions = useMemo(
    () => (open ? completeQuery(query, Math.min(caret, query.length), catalogue) : null),
    [open, query, caret, catalogue],
  );
  const options = completions?.options ?? [];
  const shown = open && options.length > 0;

  const change = (text: string, at: number) => {
    setRunTable({ query: text });
    setCaret(at);
    setChosen(-1);
    setOpen(true);
  };
  const take = (completion: Completion) => {
    if (completions === null) return;
    const next = applyCompletion(query, completions, completion);
    change(next.text, next.caret);
    // After React has put the new text in, the caret would stand at its end.
    requestAnimationFrame(() => input.current?.setSelectionRange(next.caret, next.caret));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!shown) return setOpen(true);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setChosen((now) => (now + step + options.length + (now < 0 && step < 0 ? 1 : 0)) % options.length);
    } else if (event.key === 'Escape' && shown) {
      event.stopPropagation();
      setOpen(false);
    } else if (event.key === 'Enter' || event.key === 'Tab') {
      const option =
        options[chosen] ?? (event.key === 'Tab' && typing(query, caret) ? options[0] : undefined);
      if (!shown || option === undefined || event.ctrlKey) return setOpen(false);
      event.preventDefault();
      take(option);
    }
  };

  return (
    <div className="query">
      <div className="query-line">
        <OutlinedInput
          fullWidth
          size="small"
          placeholder="Filter: loss &lt; 4 and ffn.kind = finedeep"
          value={query}
          error={problem !== null}
          onChange={(event) =>
            change(event.target.value, event.target.selectionStart ?? event.target.value.length)
          }
          onKeyDown={onKeyDown}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onSelect={(event) => setCaret((event.target as HTMLInputElement).selectionStart ?? 0)}
          startAdornment={<FilterListOutlined fontSize="small" color="action" />}
          endAdornment={query !== '' && <Ends query={query} isSaved={saved.includes(query.trim())} />}
          inputRef={input}
          inputProps={{
            'aria-label': 'Filter runs',
            'aria-keyshortcuts': 'Control+F',
            role: 'combobox',
            'aria-expanded': shown,
            'aria-controls': shown ? listId : undefined,
            'aria-activedescendant': shown && chosen >= 0 ? `${listId}-${chosen}` : undefined,
            'aria-autocomplete': 'list',
            'aria-describedby': problem === null ? undefined : problemId,
            'aria-invalid': problem !== null,
            spellCheck: false,
            autoComplete: 'off',
          }}
        />
        {shown && (
          <div className="query-options" role="listbox" id={listId} aria-label="Completions">
            {options.map((option, index) => (
              <div
                key={`${option.kind} ${option.text}`}
                id={`${listId}-${index}`}
                role="option"
                tabIndex={-1}
                aria-selected={index === chosen}
                className="query-option"
                data-kind={option.kind}
                onPointerDown={(event) => {
                  event.preventDefault(); // the field keeps the focus
                  take(option);
                }}
              >
                <span className="number">{option.text}</span>
                <span className="muted small">{option.detail}</span>
              </div>
            ))}
          </div>
        )}
      </div>
      {problem !== null && !shown && <Problem id={problemId} query={query} problem={problem} />}
      {saved.length > 0 && <SavedQueries query={query} saved={saved} />}
    </div>
  );
}

/** Tab takes the first completion only where something has been typed; else it leaves the field. */
function typing(query: string, caret: number): boolean {
  return /[^\s(]$/.test(query.slice(0, caret));
}

function Ends({ query, isSaved }: { query: string; isSaved: boolean }) {
  const label = isSaved ? 'Forget this query' : 'Keep this query';
  return (
    <>
      <Tooltip title={label}>
        <IconButton size="small" aria-label={label} onClick={() => toggleSaved(query.trim())}>
          {isSaved ? <BookmarkRemoveOutlined fontSize="small" /> : <BookmarkAddOutlined fontSize="small" />}
        </IconButton>
      </Tooltip>
      <Tooltip title="Clear the filter">
        <IconButton
          size="small"
          edge="end"
          aria-label="Clear the filter"
          onClick={() => setRunTable({ query: '' })}
        >
          <CloseOutlined fontSize="small" />
        </IconButton>
      </Tooltip>
    </>
  );
}

/** The query with the place that is wrong marked, and why. */
function Problem({ id, query, problem }: { id: string; query: string; problem: QueryProblem }) {
  const { start, end, message } = problem;
  const marked = query.slice(start, end);
  return (
    <div className="query-problem small" id={id} role="status">
      <code aria-hidden="true">
        {query.slice(0, start)}
        <mark>{marked === '' ? ' ' : marked}</mark>
        {query.slice(end)}
      </code>
      <span>{message}</span>
    </div>
  );
}

function SavedQueries({ query, saved }: { query: string; saved: readonly string[] }) {
  return (
    <ul className="query-chips" aria-label="Kept queries">
      {saved.map((text) => {
        const active = text === query.trim();
        return (
          <li key={text} className={active ? 'chip chip-on' : 'chip'}>
            <button
              type="button"
              aria-pressed={active}
              onClick={() => setRunTable({ query: active ? '' : text })}
            >
              {text}
            </button>
            <button type="button" aria-label={`Forget the query ${text}`} onClick={() => toggleSaved(text)}>
              <CloseOutlined />
            </button>
          </li>
        );
      })}
    </ul>
  );
}
