/** The figure as it will be printed (drawn by the host, in the font of the exports), between rulers in millimetres; drawn anew when it or one of its runs changed. */
import Skeleton from '@mui/material/Skeleton';
import { useEffect, useMemo, useRef, useState } from 'react';
import { type ErrorShape, toErrorShape } from '../../../shared/errors.ts';
import { type FigureDocument, figureSources } from '../../../shared/figures/document.ts';
import { Failure } from '../../components/Failure.tsx';
import { kindLabels, panelLetter, rulerTicks } from '../../logic/figures.ts';
import { contentBlob } from '../../logic/files.ts';
import { host, useWorkspace } from '../../state/workspace.ts';

interface Props {
  readonly document: FigureDocument;
  readonly zoom: number;
  /** Counts up when the user asks for a new drawing. */
  readonly refreshes: number;
}

/** Runs that train change every moment; they are drawn anew at most this often, in milliseconds. */
/** Sharp at twice the true size on common screens. */
const previewDpi = 288;

const pace = { edit: 250, live: 2000 };

export function Preview({ document, zoom, refreshes }: Props) {
  const sources = useMemo(() => figureSources(document), [document]);
  const progress = useWorkspace((workspace) =>
    sources
      .map((source) => workspace.runs.value?.find((run) => run.run === source))
      .map((run) => `${run?.state} ${run?.step} ${run?.name}`)
      .join('|'),
  );
  const key = JSON.stringify(document);
  const settled = useSettled(progress, pace.live);
  const [drawn, setDrawn] = useState<string | null>(null);
  const [aspect, setAspect] = useState(0);
  const [error, setError] = useState<ErrorShape | null>(null);
  const [busy, setBusy] = useState(true);
  const [attempts, setAttempts] = useState(0);
  // The progress of runs, a refresh and another attempt draw the same document anew
  useEffect(() => {
    const control = new AbortController();
    setBusy(true);
    const timer = setTimeout(() => {
      host()
        .call(
          'figures.draw',
          { document: JSON.parse(key) as FigureDocument, format: 'png', dpi: previewDpi },
          { signal: control.signal },
        )
        .then(({ content, encoding, mediaType }) => {
          if (control.signal.aborted) return;
          setDrawn(URL.createObjectURL(contentBlob(content, encoding, mediaType)));
          setError(null);
          setBusy(false);
        })
        .catch((reason: unknown) => {
          if (control.signal.aborted) return;
          setError(toErrorShape(reason));
          setBusy(false);
        });
    }, pace.edit);
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  }, [key, settled, refreshes, attempts]);
  useEffect(() => {
    return () => {
      if (drawn !== null) URL.revokeObjectURL(drawn);
    };
  }, [drawn]);
  if (error !== null) {
    return (
      <div className="figure-problem">
        <Failure
          error={error}
          what="The figure cannot be drawn as it is."
          retry={() => setAttempts((count) => count + 1)}
        />
      </div>
    );
  }
  if (drawn === null) return <Skeleton variant="rounded" className="figure-waiting" height={260} />;
  const width = document.style.widthMm;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled area must be reachable by keyboard
    <section className="paper-scroll" aria-label="Preview" aria-busy={busy} tabIndex={0}>
      <div className="paper" style={{ width: `calc(${width * zoom}mm + 22px)` }}>
        <div className="ruler-corner">mm</div>
        <Ruler lengthMm={width} zoom={zoom} side="top" />
        <Ruler lengthMm={width * aspect} zoom={zoom} side="left" />
        <img
          src={drawn}
          alt={`${document.name}: ${document.panels.map((panel, index) => `${panelLetter(index)} ${kindLabels[panel.kind]}`).join(', ')}`}
          style={{ width: `${width * zoom}mm` }}
          onLoad={({ currentTarget: { naturalHeight, naturalWidth } }) =>
            setAspect(naturalHeight / naturalWidth)
          }
          data-testid="figure-sheet"
        />
      </div>
    </section>
  );
}

/** The value, told at most once in `milliseconds`, the last one always. */
function useSettled(value: string, milliseconds: number): string {
  const [settled, setSettled] = useState(value);
  const latest = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    latest.current = value;
    if (value === settled || timer.current !== undefined) return;
    timer.current = setTimeout(() => {
      timer.current = undefined;
      setSettled(latest.current);
    }, milliseconds);
  }, [value, settled, milliseconds]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return settled;
}

const lengths = [3, 5, 9] as const;

function Ruler({ lengthMm, zoom, side }: { lengthMm: number; zoom: number; side: 'top' | 'left' }) {
  const ticks = rulerTicks(lengthMm);
  const along = side === 'top';
  const size = { [along ? 'width' : 'height']: `${lengthMm * zoom}mm`, [along ? 'height' : 'width']: '22px' };
  const numbered = zoom < 0.75 ? 20 : 10;
  return (
    <svg className={`ruler ruler-${side}`} style={size} aria-hidden="true">
      {ticks.map(({ mm, rank }) => {
        const at = `${mm * zoom}mm`;
        const start = 22 - lengths[rank];
        return (
          <g key={mm}>
            {along ? (
              <line x1={at} x2={at} y1={start} y2={22} />
            ) : (
              <line y1={at} y2={at} x1={start} x2={22} />
            )}
            {rank === 2 &&
              mm % numbered === 0 &&
              mm > 0 &&
              (along ? (
                <text x={at} y={10} textAnchor="middle">
                  {mm}
                </text>
              ) : (
                <text x={12} y={at} textAnchor="end" dominantBaseline="central">
                  {mm}
                </text>
              ))}
          </g>
        );
      })}
    </svg>
  );
}
