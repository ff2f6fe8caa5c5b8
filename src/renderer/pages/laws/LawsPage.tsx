/** Temporal scaling laws: what a run's beginning says about its end, and how far that can be trusted. */
import ShowChartOutlined from '@mui/icons-material/ShowChartOutlined';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import { useId } from 'react';
import { formatShare } from '../../../shared/format.ts';
import type { RunSummary } from '../../../shared/rpc/contract.ts';
import { ownSet } from '../../../shared/run/measurement.ts';
import { ActionButton } from '../../actions/ActionButton.tsx';
import { Empty } from '../../components/Empty.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { type LawTab, lawsRun, lawTabs, setLaws, useLaws } from '../../state/laws.ts';
import { isLive } from '../../state/runData.ts';
import { setView, useView } from '../../state/view.ts';
import { useWorkspace } from '../../state/workspace.ts';
import { Choice } from '../inspect/SubjectBar.tsx';
import '../inspect/inspect.css';
import { PredictionTab } from './PredictionTab.tsx';
import { QualityTab } from './QualityTab.tsx';
import { ScalingTab } from './ScalingTab.tsx';
import { StudyTab } from './StudyTab.tsx';
import { type Subject, useSubject } from './useReading.ts';
import './laws.css';

const tabLabels: Readonly<Record<LawTab, string>> = {
  prediction: 'Prediction',
  quality: 'Quality',
  study: 'Study',
  scaling: 'Scaling',
};

const noRuns: readonly RunSummary[] = [];

export default function LawsPage() {
  const tab = useLaws((laws) => laws.tab);
  const id = useId();
  return (
    <section className="laws" aria-label="Laws">
      <h1 className="visually-hidden">Laws</h1>
      <div className="laws-bar">
        <Tabs
          value={tab}
          onChange={(_, value: LawTab) => setLaws({ tab: value })}
          aria-label="Views of laws"
          className="laws-tabs"
        >
          {lawTabs.map((name) => (
            <Tab
              key={name}
              value={name}
              label={tabLabels[name]}
              id={`${id}-${name}`}
              aria-controls={tab === name ? `${id}-panel` : undefined}
            />
          ))}
        </Tabs>
      </div>
      <div className="laws-tab" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${tab}`}>
        {tab === 'prediction' && <PredictionOfRun />}
        {tab === 'quality' && <QualityTab />}
        {tab === 'study' && <StudyTab />}
        {tab === 'scaling' && <ScalingTab />}
      </div>
    </section>
  );
}

function PredictionOfRun() {
  const runs = useWorkspace((workspace) => workspace.runs.value ?? noRuns);
  useView((view) => view.lawsRun);
  const run = lawsRun();
  if (run === null) {
    return (
      <Empty
        text="No run has measured its loss by position yet. Every new run does so as it trains."
        icon={<ShowChartOutlined />}
      >
        <ActionButton name="train.start" label="Go to Train" variant="contained" />
      </Empty>
    );
  }
  return <PredictionWith run={run} runs={runs} />;
}

function PredictionWith({ run, runs }: { run: RunSummary; runs: readonly RunSummary[] }) {
  const subject = useSubject(run);
  return (
    <>
      <SubjectRow subject={subject} runs={runs} />
      <PredictionTab subject={subject} />
    </>
  );
}

function SubjectRow({ subject, runs }: { subject: Subject; runs: readonly RunSummary[] }) {
  const { run, sets, set, measurements } = subject;
  const share = measurements.value?.share ?? null;
  const options = runs
    .filter((candidate) => candidate.step > 0 || candidate.run === run.run)
    .map((one) => ({ value: one.run, label: one.name }));
  return (
    <div className="laws-subject">
      <Choice
        label="Run"
        value={run.run}
        options={options}
        onChange={(value) => setView({ lawsRun: value })}
      />
      <StateMark state={run.state} />
      {isLive(run) && <span className="live">live</span>}
      <Choice
        label="Measured on"
        value={set}
        options={(sets.length === 0 ? [set] : sets).map((value) => ({
          value,
          label: value === ownSet ? 'validation (in distribution)' : `${value} (further set)`,
        }))}
        onChange={(value) => setLaws({ set: value })}
      />
      <span className="grow" />
      {share !== null && (
        <span className="small muted">
          measuring took <span className="number">{formatShare(share)}</span> of the training time
        </span>
      )}
    </div>
  );
}
