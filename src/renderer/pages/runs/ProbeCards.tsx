/** What the probes of a run say of its sparsity and of the load of its experts. */
import MenuItem from '@mui/material/MenuItem';
import Select from '@mui/material/Select';
import Slider from '@mui/material/Slider';
import { useState } from 'react';
import { formatInteger } from '../../../shared/format.ts';
import type { RunSummary } from '../../../shared/rpc/contract.ts';
import { LoadBars, LoadHeat } from '../../charts/LoadChart.tsx';
import { NsarChart } from '../../charts/NsarChart.tsx';
import { probeAt, thresholdsOf } from '../../logic/probeMaps.ts';
import type { FigureSource } from '../../state/figures.ts';
import { setView, useView } from '../../state/view.ts';
import { loadProbes } from '../../state/workspace.ts';
import { Sendable } from '../figures/Sendable.tsx';
import { SendButton } from '../figures/SendButton.tsx';
import { ChartCard, Loaded } from './ChartCard.tsx';
import { useProbes } from './useRun.ts';

export function SparsityCard({ run, live }: { run: RunSummary; live: boolean }) {
  const probes = useProbes(run.run);
  const chosen = useView((view) => view.threshold);
  const thresholds = thresholdsOf(probes.value ?? []);
  const threshold = thresholds.includes(chosen) ? chosen : (thresholds[0] ?? chosen);
  const source: FigureSource = {
    kind: 'nsar-steps',
    runs: [run.run],
    options: { threshold: Number(threshold) },
  };
  return (
    <ChartCard
      title={`NSAR (our definition, tau = ${threshold})`}
      hint="Share of FFN units whose activation |SiLU(x Wg)| exceeds tau, by layer and step, on a fixed batch of validation text."
      live={live}
      controls={
        <>
          {thresholds.length > 1 && (
            <span className="control">
              <span>tau</span>
              <Select
                className="small-select"
                value={threshold}
                onChange={(event) => setView({ threshold: event.target.value })}
                inputProps={{ 'aria-label': 'Threshold tau' }}
              >
                {thresholds.map((value) => (
                  <MenuItem key={value} value={value}>
                    {value}
                  </MenuItem>
                ))}
              </Select>
            </span>
          )}
          {(probes.value ?? []).length > 0 && <SendButton title="NSAR" sources={[source]} />}
        </>
      }
    >
      <Loaded
        loadable={probes}
        height={230}
        retry={() => void loadProbes(run.run)}
        empty={(list) => list.length === 0}
        emptyText={
          live ? 'The first probe is on its way.' : 'No probe was logged; set “Probe every” above 0.'
        }
      >
        {(list) => (
          <Sendable source={source}>
            <NsarChart probes={list} threshold={threshold} height={230} />
          </Sendable>
        )}
      </Loaded>
    </ChartCard>
  );
}

export function LoadCard({ run, live }: { run: RunSummary; live: boolean }) {
  const probes = useProbes(run.run);
  const [layer, setLayer] = useState<number | 'all'>(0);
  const [step, setStep] = useState<number | null>(null);
  const list = probes.value ?? [];
  const probe = probeAt(list, step);
  const gated = probe?.layers.filter((entry) => entry.experts !== null) ?? [];
  const current = gated.find((entry) => entry.layer === layer) ?? gated[0];
  const position = probe === undefined ? 0 : list.indexOf(probe);
  const source: FigureSource = {
    kind: 'load',
    runs: [run.run],
    ...(probe === undefined ? {} : { options: { step: probe.step } }),
  };
  return (
    <ChartCard
      title="Expert load"
      hint="Share of a layer's routing that each expert gets, on a fixed batch of validation text. Dashed: the uniform share."
      live={live}
      controls={
        gated.length > 0 && (
          <>
            <span className="control">
              <span>layer</span>
              <Select
                className="small-select"
                value={String(layer === 'all' ? 'all' : (current?.layer ?? 0))}
                onChange={(event) =>
                  setLayer(event.target.value === 'all' ? 'all' : Number(event.target.value))
                }
                inputProps={{ 'aria-label': 'Layer of the expert load' }}
              >
                <MenuItem value="all">all</MenuItem>
                {gated.map((entry) => (
                  <MenuItem key={entry.layer} value={String(entry.layer)}>
                    {entry.layer + 1}
                  </MenuItem>
                ))}
              </Select>
            </span>
            <SendButton title="expert load" sources={[source]} />
          </>
        )
      }
    >
      <Loaded
        loadable={probes}
        height={230}
        retry={() => void loadProbes(run.run)}
        empty={(entries) => entries.length === 0 || current === undefined}
        emptyText={
          list.length > 0
            ? 'This model has no experts.'
            : live
              ? 'The first probe is on its way.'
              : 'No probe was logged.'
        }
      >
        {() => (
          <>
            <Sendable source={source}>
              {layer === 'all' ? (
                <LoadHeat layers={gated} height={198} />
              ) : (
                current !== undefined && <LoadBars layer={current} height={198} />
              )}
            </Sendable>
            <div className="scrub">
              <span className="number">step {formatInteger(probe?.step)}</span>
              <Slider
                size="small"
                min={0}
                max={Math.max(0, list.length - 1)}
                step={1}
                value={position}
                disabled={list.length < 2}
                onChange={(_, value) =>
                  setStep(value === list.length - 1 ? null : (list[value as number]?.step ?? null))
                }
                aria-label="Step of the probe"
                getAriaValueText={(value) => `step ${list[value]?.step ?? 0}`}
              />
            </div>
          </>
        )}
      </Loaded>
    </ChartCard>
  );
}
