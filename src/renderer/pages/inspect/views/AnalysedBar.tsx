/** Whether analyses over many windows read the validation text of the run's own data, or the text above. */
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import { formatInteger } from '../../../../shared/format.ts';
import type { AnalysisSubject } from '../../../../shared/run/analysis.ts';
import { setInspect, useInspect } from '../../../state/inspect.ts';

export function AnalysedBar({ what = 'measured on' }: { what?: string }) {
  const { analysed, passage } = useInspect();
  return (
    <div className="source-bar">
      <span className="small muted">{what}</span>
      <ToggleButtonGroup
        exclusive
        size="small"
        value={passage === null ? 'validation' : analysed}
        aria-label="Measured on"
        onChange={(_, value: 'validation' | 'passage' | null) =>
          value !== null && setInspect({ analysed: value })
        }
      >
        <ToggleButton value="validation">the run’s validation text</ToggleButton>
        <ToggleButton value="passage" disabled={passage === null}>
          {passage?.kind === 'data' ? `the validation text of ${passage.data}` : 'the text above'}
        </ToggleButton>
      </ToggleButtonGroup>
    </div>
  );
}

/** What an analysis read, under its chart. */
export function Measured({ subject }: { subject: Pick<AnalysisSubject, 'tokens' | 'source'> }) {
  return (
    <p className="small muted view-foot">
      <span className="number">{formatInteger(subject.tokens)}</span> tokens of {subject.source}
    </p>
  );
}
