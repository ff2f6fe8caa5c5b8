/** One view: its title and controls, the answer of each side in a column of its own, and every state an answer can be in. */

import ContentCopyOutlined from '@mui/icons-material/ContentCopyOutlined';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import LinearProgress from '@mui/material/LinearProgress';
import Skeleton from '@mui/material/Skeleton';
import Tooltip from '@mui/material/Tooltip';
import type { ReactNode } from 'react';
import type { FigureKind, PanelOptions } from '../../../shared/figures/document.ts';
import { formatCount, formatInteger } from '../../../shared/format.ts';
import { Failure } from '../../components/Failure.tsx';
import { showsOneRun } from '../../logic/figures.ts';
import { type DataTable, tableText } from '../../logic/tableText.ts';
import type { FigureSource } from '../../state/figures.ts';
import { say, sayError } from '../../state/messages.ts';
import { Sendable } from '../figures/Sendable.tsx';
import { SendButton } from '../figures/SendButton.tsx';
import type { Pair, Side } from './sides.ts';
import type { Answer } from './useAnswer.ts';

interface Props<Value> {
  readonly title: string;
  readonly pair: Pair<Value>;
  /** Height of the chart, kept while it loads. */
  readonly height: number;
  readonly controls?: ReactNode;
  readonly wide?: boolean;
  /** What is shown where nothing was asked yet. */
  readonly idle?: string;
  /** Why there is nothing to draw; null where there is. */
  readonly empty?: (value: Value, side: Side) => string | null;
  readonly table?: (value: Value, side: Side) => DataTable;
  /** What the figures page draws of it. Absent: there is no such figure. */
  readonly figure?: ((side: Side) => SideFigure) | undefined;
  readonly children: (value: Value, side: Side) => ReactNode;
}

export interface SideFigure {
  readonly kind: FigureKind;
  readonly options?: PanelOptions;
}

export function ViewCard<Value>(props: Props<Value>) {
  const { title, pair, controls, wide = false, table, figure } = props;
  const ready = pair.answers.some(({ state }) => state?.value !== undefined);
  const { empty } = props;
  const shown = pair.sides.filter((side, index) => {
    const value = pair.answers[index]?.state?.value;
    return value !== undefined && (empty?.(value, side) ?? null) === null;
  });
  const sources = figure === undefined ? [] : figureSources(shown, figure);
  const card = (
    <section className={wide ? 'card view-card view-wide' : 'card view-card'} aria-label={title}>
      <div className="view-head">
        <h2>{title}</h2>
        <span className="grow" />
        {controls}
        {sources.length > 0 && <SendButton title={title} sources={sources} />}
        {table !== undefined && ready && <CopyButton title={title} pair={pair} table={table} />}
      </div>
      <div className={pair.sides.length > 1 ? 'view-sides view-two' : 'view-sides'}>
        {pair.sides.map((side, index) => (
          <div key={`${side.run.run} ${index}`} className="view-side">
            {pair.sides.length > 1 && <SideName side={side} index={index} />}
            <SideBody {...props} side={side} answer={pair.answers[index]!} />
          </div>
        ))}
      </div>
    </section>
  );
  // E sends the chart under the pointer where one panel holds all of it.
  return sources.length === 1 ? <Sendable source={sources[0]!}>{card}</Sendable> : card;
}

/** Sides that differ in nothing but their run share a panel, where its kind shows several runs. */
function figureSources(sides: readonly Side[], figure: (side: Side) => SideFigure): FigureSource[] {
  const found = new Map<string, { source: SideFigure; runs: Set<string> }>();
  for (const side of sides) {
    const source = figure(side);
    const key = JSON.stringify(showsOneRun(source.kind) ? [source, side.run.run] : source);
    const own = found.get(key) ?? { source, runs: new Set<string>() };
    found.set(key, own);
    own.runs.add(side.run.run);
  }
  return [...found.values()].map(({ source, runs }) => ({ ...source, runs: [...runs] }));
}

export function SideName({ side, index }: { side: Side; index: number }) {
  return (
    <p className="side-name small">
      <span className="tag">{index === 0 ? 'A' : 'B'}</span> {side.run.name}{' '}
      <span className="muted">
        step <span className="number">{formatInteger(side.step)}</span>
      </span>
    </p>
  );
}

function SideBody<Value>({
  title,
  height,
  idle = 'Read a text first.',
  empty,
  children,
  side,
  answer,
}: Props<Value> & { side: Side; answer: Answer<Value> }) {
  const { state, cancel, retry } = answer;
  if (state === null) return <Note height={height} text={idle} />;
  if (state.status === 'error') {
    if (state.error.code === 'cancelled') {
      return (
        <Note height={height} text="Cancelled.">
          <Button variant="outlined" onClick={retry}>
            Ask again
          </Button>
        </Note>
      );
    }
    // A refusal is an answer too: this makes no sense for this run, and here is why.
    if (state.error.code === 'input.invalid' || state.error.code === 'data.tooSmall') {
      return (
        <div className="view-refusal" style={{ minHeight: height }}>
          <Alert severity="info" variant="outlined">
            <div>{state.error.message}</div>
            {state.error.hint !== undefined && <div className="hint">{state.error.hint}</div>}
          </Alert>
        </div>
      );
    }
    return <Failure error={state.error} what={`${title}: no answer.`} retry={retry} />;
  }
  if (state.value === undefined) {
    return (
      <div className="view-loading" style={{ height }}>
        <Skeleton variant="rounded" height={height - 34} />
        <div className="view-wait small muted">
          <span>The host is computing this.</span>
          <Button size="small" onClick={cancel}>
            Cancel
          </Button>
        </div>
      </div>
    );
  }
  const nothing = empty?.(state.value, side) ?? null;
  return (
    <div className="view-value" aria-busy={state.status === 'loading'}>
      {state.status === 'loading' && <LinearProgress className="view-again" aria-label="Loading" />}
      {nothing === null ? children(state.value, side) : <Note height={height} text={nothing} />}
    </div>
  );
}

function Note({ height, text, children }: { height: number; text: string; children?: ReactNode }) {
  return (
    <div className="view-note muted" style={{ minHeight: Math.min(height, 160) }}>
      <span>{text}</span>
      {children}
    </div>
  );
}

function CopyButton<Value>({
  title,
  pair,
  table,
}: {
  title: string;
  pair: Pair<Value>;
  table: (value: Value, side: Side) => DataTable;
}) {
  const copy = () => {
    const parts = pair.sides.flatMap((side, index) => {
      const value = pair.answers[index]?.state?.value;
      return value === undefined ? [] : [{ side, ...table(value, side) }];
    });
    const columns = ['run', 'step', ...(parts[0]?.columns ?? [])];
    const rows = parts.flatMap(({ side, rows: own }) => own.map((row) => [side.run.name, side.step, ...row]));
    navigator.clipboard
      .writeText(tableText({ columns, rows }))
      .then(() => say(`Copied “${title}”: ${formatCount(rows.length, 'row')}.`), sayError);
  };
  return (
    <Tooltip title="Copy data">
      <IconButton onClick={copy} aria-label={`Copy data of ${title}`}>
        <ContentCopyOutlined fontSize="small" />
      </IconButton>
    </Tooltip>
  );
}
