/** The rows of the run table. Only those in sight are drawn; all have one height. */
import ChevronRightOutlined from '@mui/icons-material/ChevronRightOutlined';
import StopOutlined from '@mui/icons-material/StopOutlined';
import { type KeyboardEvent, type MouseEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { RunSummary } from '../../../../shared/rpc/contract.ts';
import { describeStates, type Row, rangeOf, runsOf, visibleRange } from '../../../logic/runTable.ts';
import { sayError } from '../../../state/messages.ts';
import { stopSweep } from '../../../state/runCommands.ts';
import { isLive } from '../../../state/runData.ts';
import { type Column, toggleHeading } from '../../../state/runTable.ts';
import { setView, useView } from '../../../state/view.ts';
import { bestText, cellPlace, checkWidth, Progress, RunCells } from './cells.tsx';
import { HeaderRow } from './HeaderRow.tsx';
import { type MenuPlace, RowMenu } from './RowMenu.tsx';

const rowHeight = 32; // px; styles say the same

interface Props {
  readonly rows: readonly Row[];
  readonly columns: readonly Column[];
}

export function RunGrid({ rows, columns }: Props) {
  const selected = useView((view) => view.selectedRuns);
  const chosen = new Set(selected);
  const { scroller, range, onScroll } = useVisibleRows(rows.length);
  const [focused, setFocused] = useState<string | null>(null);
  const [menu, setMenu] = useState<MenuPlace | null>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const wantsFocus = useRef(false);

  useEffect(() => {
    if (!wantsFocus.current || focused === null) return;
    wantsFocus.current = false;
    body.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }, [focused]);

  const pick = (row: Row, event: MouseEvent | KeyboardEvent) => {
    if (row.kind !== 'run') return setView({ selectedRuns: row.records.map((record) => record.run.run) });
    const run = row.record.run.run;
    const anchor = selected.at(-1);
    if (event.shiftKey && anchor !== undefined) setView({ selectedRuns: rangeOf(rows, anchor, run) });
    else if (event.ctrlKey || event.metaKey) toggleRun(run);
    else setView({ selectedRuns: [run] });
  };
  const toggleRun = (run: string) =>
    setView({
      selectedRuns: chosen.has(run) ? selected.filter((other) => other !== run) : [...selected, run],
    });
  const onKeyDown = (event: KeyboardEvent, row: Row, index: number) => {
    if (event.target !== event.currentTarget) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      const next = rows[index + step];
      if (next === undefined) return;
      event.preventDefault();
      wantsFocus.current = true;
      setFocused(next.key);
      if (next.kind === 'run') pick(next, event);
    } else if (event.key === ' ' || event.key === 'Enter') {
      event.preventDefault();
      if (event.key === ' ' && row.kind !== 'run') toggleHeading(row.key);
      else pick(row, event);
    } else if ((event.key === 'ArrowRight' || event.key === 'ArrowLeft') && row.kind !== 'run') {
      event.preventDefault();
      if (row.open === (event.key === 'ArrowLeft')) toggleHeading(row.key);
    } else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      setView({ selectedRuns: runsOf(rows) });
    }
  };

  /** On a row that is not chosen yet, it is for that row alone. */
  const openMenu = (event: MouseEvent, row: Row) => {
    event.preventDefault();
    setFocused(row.key);
    if (!runsOfRow(row).every((run) => chosen.has(run))) setView({ selectedRuns: runsOfRow(row) });
    setMenu({ left: event.clientX, top: event.clientY });
  };

  const firstRun = rows.find((row) => row.kind === 'run');
  const stop =
    rows.find((row) => row.key === focused)?.key ??
    rows.find((row) => row.kind === 'run' && chosen.has(row.key))?.key ??
    firstRun?.key ??
    rows[0]?.key;
  const total = columns.reduce((sum, column) => sum + column.width, checkWidth);
  const drawn = rows.slice(range.first, range.last);
  return (
    <div
      className={rows.length === 0 ? 'run-scroll run-scroll-empty' : 'run-scroll'}
      ref={scroller}
      onScroll={onScroll}
    >
      <table
        className="table run-table"
        aria-label="Runs"
        aria-multiselectable="true"
        aria-rowcount={rows.length + 1}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: rows are selected and unfold, which makes the table a tree grid
        role="treegrid"
        style={{ minWidth: total }}
      >
        <colgroup>
          <col style={{ width: checkWidth }} />
          {columns.map((column) => (
            // The name takes the room that is left.
            <col key={column.field} style={column.field === 'name' ? {} : { width: column.width }} />
          ))}
        </colgroup>
        <HeaderRow columns={columns} rows={rows} />
        <tbody ref={body}>
          <Gap rows={range.first} columns={columns.length + 1} />
          {drawn.map((row, at) => {
            const index = range.first + at;
            const shared = {
              'data-key': row.key,
              'aria-rowindex': index + 2,
              'aria-level': row.kind === 'run' ? row.depth + 1 : 1,
              tabIndex: row.key === stop ? 0 : -1,
              onClick: (event: MouseEvent) => {
                setFocused(row.key);
                pick(row, event);
              },
              onKeyDown: (event: KeyboardEvent) => onKeyDown(event, row, index),
              onContextMenu: (event: MouseEvent) => openMenu(event, row),
            };
            if (row.kind !== 'run') {
              return (
                <tr
                  key={row.key}
                  {...shared}
                  className="heading-row"
                  data-heading={row.kind}
                  aria-expanded={row.open}
                  aria-selected={row.records.every((record) => chosen.has(record.run.run))}
                >
                  <HeadingCells row={row} columns={columns} />
                </tr>
              );
            }
            const { run, fields } = row.record;
            return (
              <tr
                key={row.key}
                {...shared}
                data-run={run.run}
                data-state={run.state}
                aria-selected={chosen.has(run.run)}
              >
                <td className="cell pinned check-cell" style={{ left: 0 }}>
                  <input
                    type="checkbox"
                    tabIndex={-1}
                    aria-label={`Select ${run.name}`}
                    checked={chosen.has(run.run)}
                    onChange={() => toggleRun(run.run)}
                    onClick={(event) => event.stopPropagation()}
                  />
                </td>
                <RunCells run={run} fields={fields} columns={columns} depth={row.depth} />
              </tr>
            );
          })}
          <Gap rows={rows.length - range.last} columns={columns.length + 1} />
        </tbody>
      </table>
      <RowMenu place={menu} close={() => setMenu(null)} />
    </div>
  );
}

function runsOfRow(row: Row): string[] {
  return row.kind === 'run' ? [row.record.run.run] : row.records.map((record) => record.run.run);
}

/** The room of rows that are not drawn. */
function Gap({ rows, columns }: { rows: number; columns: number }) {
  if (rows <= 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: an empty row takes no focus
    <tr aria-hidden="true" className="gap-row" style={{ height: rows * rowHeight }}>
      <td colSpan={columns} />
    </tr>
  );
}

type Heading = Exclude<Row, { kind: 'run' }>;

function HeadingCells({ row, columns }: { row: Heading; columns: readonly Column[] }) {
  const runs = row.records.map((record) => record.run);
  const best = row.best?.run ?? null;
  return (
    <>
      <td className="cell pinned check-cell" style={{ left: 0 }}>
        <button
          type="button"
          className="twisty"
          tabIndex={-1}
          aria-label={row.open ? 'Fold' : 'Unfold'}
          aria-expanded={row.open}
          onClick={(event) => {
            event.stopPropagation();
            toggleHeading(row.key);
          }}
        >
          <ChevronRightOutlined />
        </button>
      </td>
      {columns.map((column, index) => {
        const place = cellPlace(columns, index);
        const { field } = column;
        if (field === 'name') {
          return (
            <td key={field} {...place}>
              <HeadingName row={row} runs={runs} />
            </td>
          );
        }
        if (field === 'progress') {
          const sum = (pick: (run: RunSummary) => number) =>
            runs.reduce((total, run) => total + pick(run), 0);
          return (
            <td key={field} {...place}>
              <Progress step={sum((run) => run.step)} steps={sum((run) => run.steps)} />
            </td>
          );
        }
        if (field === 'state') {
          const states = describeStates(row.records);
          return (
            <td key={field} {...place} title={states}>
              <span className="muted small">{states}</span>
            </td>
          );
        }
        const text = bestText(best, field);
        return (
          <td
            key={field}
            {...place}
            className={`${place.className} right number`}
            title={text === '' ? undefined : `Best: ${best?.name ?? ''}`}
          >
            {text}
          </td>
        );
      })}
    </>
  );
}

function HeadingName({ row, runs }: { row: Heading; runs: readonly RunSummary[] }) {
  const live = runs.some(isLive);
  const sweep = runs[0]?.sweep;
  return (
    <span className="run-name heading-name">
      {row.kind === 'sweep' && <span className="tag tag-accent">sweep</span>}
      <span className="run-name-text">{row.kind === 'sweep' ? row.name : row.label}</span>
      <span className="muted small number">{runs.length}</span>
      {row.kind === 'sweep' && live && sweep !== null && sweep !== undefined && (
        <button
          type="button"
          className="tag-button"
          tabIndex={-1}
          aria-label={`Stop the sweep ${row.name}`}
          title="Stop what trains, take out what waits"
          onClick={(event) => {
            event.stopPropagation();
            void stopSweep(sweep.sweep).catch(sayError);
          }}
        >
          <StopOutlined />
        </button>
      )}
    </span>
  );
}

function useVisibleRows(count: number) {
  const scroller = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState(() => ({
    first: 0,
    last: Math.min(count, Math.ceil(window.innerHeight / rowHeight)), // before the room is measured
  }));
  const update = () => {
    const element = scroller.current;
    if (element === null) return;
    const place = { scroll: element.scrollTop, height: element.clientHeight, row: rowHeight };
    const next = visibleRange(count, place);
    setRange((now) => (now.first === next.first && now.last === next.last ? now : next));
  };
  const latest = useRef(update);
  latest.current = update;
  useLayoutEffect(() => latest.current(), [count]);
  useEffect(() => {
    const observer = new ResizeObserver(() => latest.current());
    if (scroller.current !== null) observer.observe(scroller.current);
    return () => observer.disconnect();
  }, []);
  // Rows may have gone since the range was measured.
  const last = Math.min(range.last, count);
  return { scroller, range: { first: Math.min(range.first, last), last }, onScroll: update };
}
