/** Whether statistics by layer are of the text that was read or of a logged probe, and of which step: a scrubber over training. */
import Slider from '@mui/material/Slider';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import { formatInteger } from '../../../../shared/format.ts';
import { nearestProbe } from '../../../logic/overTraining.ts';
import { setInspect, useInspect } from '../../../state/inspect.ts';
import { type Side, useProbePair, valuesOf } from '../sides.ts';

export function SourceBar({ sides }: { sides: readonly Side[] }) {
  const { statistics, probeStep } = useInspect();
  const probes = useProbePair(sides);
  const steps = [...new Set(valuesOf(probes).flatMap((all) => all.map(({ step }) => step)))].sort(
    (a, b) => a - b,
  );
  const loaded = probes.answers.every(({ state }) => state?.status !== 'loading');
  const at = steps.indexOf(nearestStep(steps, probeStep));
  return (
    <div className="source-bar">
      <span className="small muted">by layer, of</span>
      <ToggleButtonGroup
        exclusive
        size="small"
        value={statistics}
        aria-label="Statistics of"
        onChange={(_, value: 'passage' | 'probes' | null) =>
          value !== null && setInspect({ statistics: value })
        }
      >
        <ToggleButton value="passage">the text read</ToggleButton>
        <ToggleButton value="probes" disabled={steps.length === 0}>
          the probes logged
        </ToggleButton>
      </ToggleButtonGroup>
      {loaded && steps.length === 0 && (
        <span className="small muted">This run logged no probes while it trained.</span>
      )}
      {statistics === 'probes' && steps.length > 0 && (
        <span className="view-control scrubber">
          <Slider
            size="small"
            min={0}
            max={steps.length - 1}
            step={1}
            value={at}
            disabled={steps.length < 2}
            onChange={(_, value) => setInspect({ probeStep: steps[value as number] ?? null })}
            getAriaValueText={(value) => `step ${formatInteger(steps[value])}`}
            aria-label="Step of the probe"
          />
          <span className="number">step {formatInteger(steps[at])}</span>
        </span>
      )}
    </div>
  );
}

function nearestStep(steps: readonly number[], wanted: number | null): number {
  return (
    nearestProbe(
      steps.map((step) => ({ step, tokens: 0, layers: [] })),
      wanted,
    )?.step ?? -1
  );
}
