/** Several runs side by side: their charts, what they differ in, parallel coordinates, scatter. */
import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import Select from '@mui/material/Select';
import Switch from '@mui/material/Switch';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import Typography from '@mui/material/Typography';
import { useEffect, useMemo } from 'react';
import type { RunSummary } from '../../../shared/rpc/contract.ts';
import { ActionButton } from '../../actions/ActionButton.tsx';
import { useScheme } from '../../charts/look.ts';
import { reconstructionText } from '../../components/MethodBadge.tsx';
import { type BandKind, bandKinds, bandLabels } from '../../logic/bands.ts';
import type { CompareTab } from '../../logic/chartSettings.ts';
import { cardsOf } from '../../logic/metricCards.ts';
import { differingFields, type GroupMember, groupRuns } from '../../logic/runGroups.ts';
import { setChartSettings, useChartSettings } from '../../state/charts.ts';
import { loadDetail, useWorkspace } from '../../state/workspace.ts';
import { ChartToolbar } from './ChartToolbar.tsx';
import { DifferencesTable } from './DifferencesTable.tsx';
import { MetricCards } from './MetricCards.tsx';
import { ParallelTab } from './ParallelTab.tsx';
import { RunKey } from './RunKey.tsx';
import { ScatterTab } from './ScatterTab.tsx';
import { looksOf } from './seriesLooks.ts';
import { useStandsOutFromRows } from './useStandsOutFromRows.ts';
import './charts.css';

const tabs: readonly { value: CompareTab; label: string }[] = [
  { value: 'charts', label: 'Charts' },
  { value: 'differences', label: 'Differences' },
  { value: 'parallel', label: 'Parallel coordinates' },
  { value: 'scatter', label: 'Scatter' },
];

export function CompareView({ runs }: { runs: readonly RunSummary[] }) {
  const { compareTab: tab } = useChartSettings();
  const members = useMembers(runs);
  const reconstruction = reconstructionText(runs.flatMap((run) => run.methods));
  return (
    <>
      <header className="run-header">
        <div className="run-title">
          <Typography variant="h1" component="h2">
            {runs.length} runs
          </Typography>
          <span className="grow" />
          <ActionButton name="runs.figure" label="Export figure" />
        </div>
        {reconstruction !== null && (
          <p className="run-banner" role="note">
            {reconstruction}
          </p>
        )}
      </header>
      <Tabs
        value={tab}
        onChange={(_, value: CompareTab) => setChartSettings({ compareTab: value })}
        aria-label="Views of the runs"
        className="run-tabs"
        variant="scrollable"
        scrollButtons={false}
      >
        {tabs.map((entry) => (
          <Tab
            key={entry.value}
            value={entry.value}
            label={entry.label}
            id={`compare-tab-${entry.value}`}
            aria-controls={`compare-panel-${entry.value}`}
          />
        ))}
      </Tabs>
      <div
        className="run-body"
        role="tabpanel"
        id={`compare-panel-${tab}`}
        aria-labelledby={`compare-tab-${tab}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        tabIndex={0}
      >
        {tab === 'charts' && <CompareCharts runs={runs} members={members} />}
        {tab === 'differences' && <DifferencesTable runs={runs} members={members} />}
        {tab === 'parallel' && <ParallelTab runs={runs} />}
        {tab === 'scatter' && <ScatterTab runs={runs} />}
      </div>
    </>
  );
}

function CompareCharts({ runs, members }: { runs: readonly RunSummary[]; members: readonly GroupMember[] }) {
  const { groupBy, singles, band } = useChartSettings();
  const details = useWorkspace((workspace) => workspace.details);
  const scheme = useScheme();
  const fields = useMemo(() => differingFields(members), [members]);
  const by = groupBy === 'none' || groupBy === 'seed' || fields.includes(groupBy) ? groupBy : 'none';
  const groups = useMemo(() => groupRuns(members, by), [members, by]);
  useStandsOutFromRows(groups);
  const existing = useMemo(
    () =>
      cardsOf([
        'train/loss',
        'train/tokensPerSecond',
        ...members.flatMap(({ run }) => details[run]?.value?.metrics ?? []),
      ]),
    [members, details],
  );
  const methodOf = (id: string) => runs.find((run) => run.run === id)?.methods[0] ?? 'dense';
  const grouped = groups.some((group) => group.runs.length > 1);
  return (
    <>
      <ChartToolbar existing={existing}>
        <span className="control">
          <span>group</span>
          <Select
            className="small-select"
            value={by}
            onChange={(event) => setChartSettings({ groupBy: event.target.value })}
            inputProps={{ 'aria-label': 'Group runs by' }}
          >
            <MenuItem value="none">single runs</MenuItem>
            <MenuItem value="seed">seeds</MenuItem>
            {fields.map((field) => (
              <MenuItem key={field} value={field}>
                by {field}
              </MenuItem>
            ))}
          </Select>
        </span>
        {grouped && (
          <>
            <span className="control">
              <span>band</span>
              <Select
                className="small-select"
                value={band}
                onChange={(event) => setChartSettings({ band: event.target.value as BandKind })}
                inputProps={{ 'aria-label': 'Band around the mean' }}
              >
                {bandKinds.map((kind) => (
                  <MenuItem key={kind} value={kind}>
                    {bandLabels[kind]}
                  </MenuItem>
                ))}
              </Select>
            </span>
            <FormControlLabel
              className="control"
              control={
                <Switch
                  size="small"
                  checked={singles}
                  onChange={(event) => setChartSettings({ singles: event.target.checked })}
                />
              }
              label="single lines"
            />
          </>
        )}
      </ChartToolbar>
      <RunKey groups={groups} looks={looksOf(groups, methodOf, scheme)} />
      {by === 'seed' && !grouped && members.every(({ documents }) => documents !== null) && (
        <p className="muted compare-note">No two of these runs differ in their seed alone.</p>
      )}
      <div className="charts">
        <MetricCards runs={runs} groups={groups} existing={existing} />
      </div>
    </>
  );
}

/** The runs with their documents, which are fetched once; the same array as long as nothing of it changes. */
function useMembers(runs: readonly RunSummary[]): GroupMember[] {
  const details = useWorkspace((workspace) => workspace.details);
  const ids = runs.map((run) => run.run).join(' ');
  useEffect(() => {
    for (const run of ids.split(' '))
      if (useWorkspace.getState().details[run] === undefined) void loadDetail(run);
  }, [ids]);
  const names = runs.map((run) => run.name).join('\n');
  const known = runs.map((run) => (details[run.run]?.value === undefined ? '0' : '1')).join('');
  return useMemo(() => {
    const labels = names.split('\n');
    return ids.split(' ').map((run, index) => {
      // Documents of a run never change: whether they are there is all that counts.
      const detail = known[index] === '1' ? useWorkspace.getState().details[run]?.value : undefined;
      return {
        run,
        name: labels[index] ?? run,
        documents:
          detail === undefined
            ? null
            : { architecture: detail.architecture, configuration: detail.configuration },
      };
    });
  }, [ids, names, known]);
}
