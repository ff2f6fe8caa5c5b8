/**
 * Inside trained models: a text token by token, and under it views of sparsity, routing, gates, attention, loss and time;
 * one checkpoint, or two side by side on one scale. What is selected, a token, a layer, an expert, a head, is so in all views.
 */
import TroubleshootOutlined from '@mui/icons-material/TroubleshootOutlined';
import Skeleton from '@mui/material/Skeleton';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import { useId } from 'react';
import type { RunSummary } from '../../../shared/rpc/contract.ts';
import type { TokenReading } from '../../../shared/run/reading.ts';
import { ActionButton } from '../../actions/ActionButton.tsx';
import { inspectedRun } from '../../actions/runActions.ts';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import { reconstructionText } from '../../components/MethodBadge.tsx';
import { type Section, sections, setInspect, useInspect } from '../../state/inspect.ts';
import { useView } from '../../state/view.ts';
import { loadDetail, useWorkspace } from '../../state/workspace.ts';
import { useDetail } from '../runs/useRun.ts';
import { SelectionPanel } from './SelectionPanel.tsx';
import { SubjectBar } from './SubjectBar.tsx';
import { type Pair, passageInput, sideOf, usePair } from './sides.ts';
import { TokenStrip } from './TokenStrip.tsx';
import { AttentionViews } from './views/AttentionViews.tsx';
import { GateViews } from './views/GateViews.tsx';
import { LossViews } from './views/LossViews.tsx';
import { RoutingViews } from './views/RoutingViews.tsx';
import { SparsityViews } from './views/SparsityViews.tsx';
import { TimeView } from './views/TimeView.tsx';
import './inspect.css';

const noRuns: readonly RunSummary[] = [];

export default function InspectPage() {
  const runs = useWorkspace((workspace) => workspace.runs.value ?? noRuns);
  useView((view) => view.inspectRun);
  const run = inspectedRun();
  if (run === null) {
    return (
      <section className="inspect" aria-label="Inspect">
        <h1 className="visually-hidden">Inspect</h1>
        <Empty
          text="There is no trained model yet. A run can be looked into as soon as it has a checkpoint."
          icon={<TroubleshootOutlined />}
        >
          <ActionButton name="train.start" label="Go to Train" variant="contained" />
        </Empty>
      </section>
    );
  }
  return <Inspection run={run} runs={runs} />;
}

function Inspection({ run, runs }: { run: RunSummary; runs: readonly RunSummary[] }) {
  const wantedStep = useView((view) => view.inspectStep);
  const compare = useInspect((state) => state.compare);
  const passage = useInspect((state) => state.passage);
  const compared = runs.find((candidate) => candidate.run === compare?.run);
  const detail = useDetail(run.run);
  const other = useDetail(compared?.run ?? run.run);
  const first = sideOf(run, detail.value, wantedStep);
  const second = compared === undefined ? null : sideOf(compared, other.value, compare?.step ?? null);
  const sides = [first, second].filter((side) => side !== null);
  const reading = usePair(
    sides,
    'inspect.tokens',
    passage === null ? null : (side) => ({ run: side.run.run, step: side.step, ...passageInput(passage) }),
  );
  const busy = reading.answers.some(({ state }) => state?.status === 'loading');
  const reconstruction = reconstructionText([...run.methods, ...(compared?.methods ?? [])]);
  return (
    <section className="inspect" aria-label="Inspect">
      <h1 className="visually-hidden">Inspect</h1>
      <SubjectBar
        runs={runs}
        run={run}
        detail={detail.value}
        other={compared === undefined ? undefined : other.value}
        sides={sides}
        busy={busy}
      />
      {reconstruction !== null && <p className="inspect-banner">{reconstruction}</p>}
      <div className="inspect-columns">
        <div className="inspect-body">
          {detail.status === 'error' && (
            <Failure
              error={detail.error}
              what="The run was not read."
              retry={() => void loadDetail(run.run)}
            />
          )}
          {first === null && detail.status === 'loading' && <Skeleton variant="rounded" height={300} />}
          {first === null && detail.status === 'ready' && (
            <Empty text="This run has no checkpoint yet." icon={<TroubleshootOutlined />} />
          )}
          {first !== null && <Views reading={reading} />}
        </div>
        {first !== null && <SelectionPanel reading={reading} />}
      </div>
    </section>
  );
}

const sectionLabels: Readonly<Record<Section, string>> = {
  sparsity: 'Sparsity',
  routing: 'Routing',
  gates: 'Gates',
  attention: 'Attention',
  loss: 'Loss',
  time: 'Time in softmax',
};

function Views({ reading }: { reading: Pair<TokenReading> }) {
  const section = useInspect((state) => state.section);
  const id = useId();
  return (
    <>
      <TokenStrip reading={reading} />
      <Tabs
        value={section}
        onChange={(_, value: Section) => setInspect({ section: value })}
        aria-label="Views"
        className="inspect-tabs"
      >
        {sections.map((name) => (
          <Tab
            key={name}
            value={name}
            label={sectionLabels[name]}
            id={`${id}-${name}`}
            aria-controls={section === name ? `${id}-panel` : undefined}
          />
        ))}
      </Tabs>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${section}`}>
        {section === 'sparsity' && <SparsityViews reading={reading} />}
        {section === 'routing' && <RoutingViews reading={reading} />}
        {section === 'gates' && <GateViews reading={reading} />}
        {section === 'attention' && <AttentionViews sides={reading.sides} />}
        {section === 'loss' && <LossViews sides={reading.sides} />}
        {section === 'time' && <TimeView sides={reading.sides} />}
      </div>
    </>
  );
}
