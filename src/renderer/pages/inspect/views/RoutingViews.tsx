/** Routing: how tokens are shared out among experts, here and now, along the layers, over training, and on other texts. */
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import type { TokenReading } from '../../../../shared/run/reading.ts';
import { type RoutingView, routingViews, setInspect, useInspect } from '../../../state/inspect.ts';
import { type Pair, useStatistics } from '../sides.ts';
import { FlowView } from './FlowView.tsx';
import { LoadViews } from './LoadViews.tsx';
import { ActiveExpertsView, BucketsView, RobustnessView, SaturationViews } from './RoutingAnalyses.tsx';
import { RoutingOverTraining } from './RoutingOverTraining.tsx';
import { SourceBar } from './SourceBar.tsx';

const labels: Readonly<Record<RoutingView, string>> = {
  load: 'Load',
  flow: 'Flow between layers',
  training: 'Over training',
  checkpoints: 'Saturation',
  robustness: 'Robustness',
  data: 'By data and frequency',
};

export function RoutingViews({ reading }: { reading: Pair<TokenReading> }) {
  const view = useInspect((state) => state.routing);
  return (
    <>
      <ToggleButtonGroup
        exclusive
        size="small"
        value={view}
        aria-label="Routing views"
        className="sub-views"
        onChange={(_, value: RoutingView | null) => value !== null && setInspect({ routing: value })}
      >
        {routingViews.map((name) => (
          <ToggleButton key={name} value={name}>
            {labels[name]}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      <div className="view-grid">
        {view === 'load' && <Load reading={reading} />}
        {view === 'flow' && <FlowView reading={reading} />}
        {view === 'training' && <RoutingOverTraining sides={reading.sides} />}
        {view === 'checkpoints' && <SaturationViews sides={reading.sides} />}
        {view === 'robustness' && <RobustnessView sides={reading.sides} />}
        {view === 'data' && (
          <>
            <ActiveExpertsView sides={reading.sides} />
            <BucketsView sides={reading.sides} />
          </>
        )}
      </div>
    </>
  );
}

function Load({ reading }: { reading: Pair<TokenReading> }) {
  const statistics = useStatistics(reading);
  return (
    <>
      <SourceBar sides={reading.sides} />
      <LoadViews statistics={statistics} />
    </>
  );
}
