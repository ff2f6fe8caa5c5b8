/** Loss against tokens: measured, predicted from the prefix with intervals, and what came after it, drawn hollow. */
import type { Data, Layout } from 'plotly.js/lib/core';
import { useMemo, useState } from 'react';
import { methodLabels } from '../../../shared/figures/builders/laws.ts';
import { formatNumber, formatSI } from '../../../shared/format.ts';
import type { LawReading } from '../../../shared/laws/reading.ts';
import type { PredictionMethod } from '../../../shared/laws/types.ts';
import { axisTitle, translucent, useScheme } from '../../charts/look.ts';
import { Plot } from '../../charts/Plot.tsx';
import type { Frame } from '../../charts/plotFrame.ts';
import { logTicks, lossWindow } from '../../logic/lawsCharts.ts';
import { methodLook } from '../../logic/lawsLooks.ts';
import { type Scheme, surfaces } from '../../theme.ts';
import { PrefixHandle } from './PrefixHandle.tsx';

interface Props {
  readonly reading: LawReading;
  readonly methods: readonly PredictionMethod[];
  readonly logX: boolean;
  readonly colour: string;
  readonly height: number;
  readonly onPrefix: (count: number) => void;
}

/** Between redraws, ms: the fan follows the handle. */
const pause = 16;

export function LossChart({ reading, methods, logX, colour, height, onPrefix }: Props) {
  const scheme = useScheme();
  const [frame, setFrame] = useState<Frame | null>(null);
  const data = useMemo(
    () => [
      ...reading.predictions
        .filter(({ method }) => methods.includes(method))
        .flatMap((prediction) => predictionTraces(prediction, scheme)),
      ...measuredTraces(reading, colour, scheme),
    ],
    [reading, methods, colour, scheme],
  );
  const { measured, horizon } = reading;
  const own = reading.predictions[0];
  const end = own?.at.at(-1)?.loss ?? null;
  const layout = useMemo<Partial<Layout>>(() => {
    const view = lossWindow(measured, horizon, logX, end === null ? [] : [end]);
    const ticks = logTicks(...view.x);
    const scaled = (value: number) => (logX ? Math.log10(value) : value);
    return {
      xaxis: {
        title: axisTitle('training tokens', scheme),
        type: logX ? 'log' : 'linear',
        exponentformat: 'SI',
        ...(logX ? { tickvals: ticks.values, ticktext: ticks.texts } : {}),
        range: [scaled(view.x[0]), scaled(view.x[1])],
        showgrid: true,
      },
      yaxis: { title: axisTitle('mean loss over positions (nats/token)', scheme), range: [...view.y] },
      hovermode: 'closest',
      margin: { t: 12, r: 16 },
      uirevision: `${logX} ${horizon}`,
    };
  }, [measured, horizon, logX, end, scheme]);
  return (
    <Plot
      data={data}
      layout={layout}
      height={height}
      pause={pause}
      onFrame={setFrame}
      label={`Loss against tokens: ${measured.length} checkpoints, ${reading.prefix.checkpoints} of them fitted.${
        end === null
          ? ''
          : ` ${methodLabels[own!.method]}: ${formatNumber(end, 4)} at ${formatSI(horizon, 'tokens')}.`
      }`}
    >
      {frame !== null && (
        <PrefixHandle
          frame={frame}
          points={measured}
          count={reading.prefix.checkpoints}
          horizon={horizon}
          onChange={onPrefix}
        />
      )}
    </Plot>
  );
}

function measuredTraces(reading: LawReading, colour: string, scheme: Scheme): Data[] {
  const used = reading.measured.filter((point) => point.used);
  const later = reading.measured.filter((point) => !point.used);
  const hover = (points: LawReading['measured']) => points.map(({ step }) => `step ${step}`);
  return [
    {
      type: 'scatter',
      mode: 'lines+markers',
      name: 'measured, fitted',
      x: used.map(({ tokens }) => tokens),
      y: used.map(({ loss }) => loss),
      text: hover(used),
      line: { width: 1.8, color: colour },
      marker: { size: 5, color: colour },
      hovertemplate: '%{text}, %{x:.3~s} tokens<br>%{y:.4f} nats/token<extra>fitted</extra>',
    },
    {
      type: 'scatter',
      mode: 'markers',
      name: 'measured, not used',
      x: later.map(({ tokens }) => tokens),
      y: later.map(({ loss }) => loss),
      text: hover(later),
      marker: { size: 7, color: surfaces[scheme].panel, line: { width: 1.4, color: colour } },
      hovertemplate: '%{text}, %{x:.3~s} tokens<br>%{y:.4f} nats/token<extra>not used</extra>',
    },
  ] as Data[];
}

function predictionTraces({ method, at }: LawReading['predictions'][number], scheme: Scheme): Data[] {
  const look = methodLook(method, scheme);
  const tokens = at.map((point) => point.tokens);
  const band = (low: 'low50' | 'low95', high: 'high50' | 'high95', alpha: number): Data[] => {
    const known = at.filter((point) => point[low] !== undefined && point[high] !== undefined);
    if (method !== 'temporal' || known.length < 2) return [];
    const x = known.map((point) => point.tokens);
    const edge = { type: 'scatter', mode: 'lines', x, line: { width: 0 }, hoverinfo: 'skip' } as const;
    return [
      { ...edge, y: known.map((point) => point[low]!) },
      {
        ...edge,
        y: known.map((point) => point[high]!),
        fill: 'tonexty',
        fillcolor: translucent(look.colour, alpha),
      },
    ] as Data[];
  };
  return [
    ...band('low95', 'high95', 0.13),
    ...band('low50', 'high50', 0.2),
    {
      type: 'scatter',
      mode: 'lines',
      name: methodLabels[method],
      x: tokens,
      y: at.map((point) => point.loss),
      line: { width: look.width, color: look.colour, dash: look.dash },
      hovertemplate: `%{x:.3~s} tokens<br>%{y:.4f} nats/token<extra>${methodLabels[method]}</extra>`,
    } as Data,
  ];
}
