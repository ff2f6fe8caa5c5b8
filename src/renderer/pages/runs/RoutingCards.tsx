/** How routing moves over training: router entropy, experts that run, imbalance by layer, and the choices of one layer. */
import MenuItem from '@mui/material/MenuItem';
import Select from '@mui/material/Select';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import { useMemo, useState } from 'react';
import type { RunSummary } from '../../../shared/rpc/contract.ts';
import type { Probe } from '../../../shared/run/probe.ts';
import { ChoiceChart } from '../../charts/ChoiceChart.tsx';
import { ProbeLinesChart } from '../../charts/ProbeLinesChart.tsx';
import {
  activeExperts,
  choiceMap,
  chosenLayers,
  imbalance,
  layerLines,
  routerEntropy,
  uniformEntropy,
} from '../../logic/probeLines.ts';
import { Sendable } from '../figures/Sendable.tsx';
import { SendButton } from '../figures/SendButton.tsx';
import { ChartCard } from './ChartCard.tsx';
import { useProbes } from './useRun.ts';

const noProbes: readonly Probe[] = [];
const height = 230;

/** Nothing for a model whose experts cannot be switched off: the load card says so already. */
export function RoutingCards({ run, live }: { run: RunSummary; live: boolean }) {
  const probes = useProbes(run.run).value ?? noProbes;
  const layers = useMemo(() => chosenLayers(probes), [probes]);
  if (layers.length === 0) return null;
  return (
    <>
      <LinesCard run={run.run} probes={probes} live={live} />
      <ChoiceCard run={run.run} probes={probes} layers={layers} live={live} />
    </>
  );
}

const views = {
  entropy: {
    label: 'entropy',
    title: 'Router entropy',
    hint: "Entropy of a token's router probabilities, mean over the tokens of the probe. Dashed: a router that prefers none.",
    axis: 'router entropy (nats)',
    pick: routerEntropy,
  },
  active: {
    label: 'active',
    title: 'Active experts',
    hint: 'Experts that run for a token, mean over the tokens of the probe.',
    axis: 'experts per token',
    pick: activeExperts,
  },
  imbalance: {
    label: 'imbalance',
    title: 'Imbalance',
    hint: 'Largest share of choices over the mean one. 1 is perfectly balanced.',
    axis: 'largest / mean share',
    pick: imbalance,
  },
} as const;
type ViewName = keyof typeof views;

function LinesCard({ run, probes, live }: { run: string; probes: readonly Probe[]; live: boolean }) {
  const lines = useMemo(
    () => ({
      entropy: layerLines(probes, routerEntropy),
      active: layerLines(probes, activeExperts),
      imbalance: layerLines(probes, imbalance),
    }),
    [probes],
  );
  const possible = (Object.keys(views) as ViewName[]).filter((name) => lines[name].length > 0);
  const [wanted, setWanted] = useState<ViewName>('entropy');
  const shown = possible.includes(wanted) ? wanted : (possible[0] ?? 'active');
  const { title, hint, axis } = views[shown];
  const reference = useMemo(() => {
    if (shown === 'imbalance') return { value: 1, text: 'balanced' };
    const uniform = shown === 'entropy' ? uniformEntropy(probes) : null;
    return uniform === null ? null : { value: uniform, text: 'uniform' };
  }, [shown, probes]);
  const source = useMemo(
    () => ({ kind: 'routing-steps', runs: [run], options: { statistic: shown } }) as const,
    [run, shown],
  );
  return (
    <ChartCard
      title={title}
      hint={hint}
      live={live}
      controls={
        <>
          <ToggleButtonGroup
            size="small"
            exclusive
            value={shown}
            onChange={(_, value: ViewName | null) => value !== null && setWanted(value)}
            aria-label="Routing over training"
          >
            {possible.map((name) => (
              <ToggleButton key={name} value={name}>
                {views[name].label}
              </ToggleButton>
            ))}
          </ToggleButtonGroup>
          <SendButton title={title.toLowerCase()} sources={[source]} />
        </>
      }
    >
      <Sendable source={source}>
        <ProbeLinesChart
          lines={lines[shown]}
          what={title}
          axis={axis}
          reference={reference}
          height={height}
        />
      </Sendable>
    </ChartCard>
  );
}

function ChoiceCard({
  run,
  probes,
  layers,
  live,
}: {
  run: string;
  probes: readonly Probe[];
  layers: readonly number[];
  live: boolean;
}) {
  const [wanted, setWanted] = useState(0);
  const layer = layers.includes(wanted) ? wanted : layers[0]!;
  const map = useMemo(() => choiceMap(probes, layer), [probes, layer]);
  const source = useMemo(
    () => ({ kind: 'choice-steps', runs: [run], options: { layer } }) as const,
    [run, layer],
  );
  return (
    <ChartCard
      title="Choice share"
      hint="Share of the tokens of the probe for which each expert ran, over training."
      live={live}
      controls={
        <>
          <span className="control">
            <span>layer</span>
            <Select
              className="small-select"
              value={layer}
              onChange={(event) => setWanted(Number(event.target.value))}
              inputProps={{ 'aria-label': 'Layer of the choice share' }}
            >
              {layers.map((value) => (
                <MenuItem key={value} value={value}>
                  {value + 1}
                </MenuItem>
              ))}
            </Select>
          </span>
          <SendButton title="choice share" sources={[source]} />
        </>
      }
    >
      {map !== null && (
        <Sendable source={source}>
          <ChoiceChart map={map} layer={layer} height={height} />
        </Sendable>
      )}
    </ChartCard>
  );
}
