/** What all charts of the page share: axis, scale, smoothing, outliers, the zoomed range, which cards, saved views. */

import AddchartOutlined from '@mui/icons-material/AddchartOutlined';
import BookmarkBorderOutlined from '@mui/icons-material/BookmarkBorderOutlined';
import DeleteOutlineOutlined from '@mui/icons-material/DeleteOutlineOutlined';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import Chip from '@mui/material/Chip';
import FormControlLabel from '@mui/material/FormControlLabel';
import IconButton from '@mui/material/IconButton';
import OutlinedInput from '@mui/material/OutlinedInput';
import Slider from '@mui/material/Slider';
import Switch from '@mui/material/Switch';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import { type FormEvent, type ReactNode, useState } from 'react';
import { formatDuration, formatSI } from '../../../shared/format.ts';
import type { CurveAxis } from '../../../shared/run/metrics.ts';
import { PopoverButton } from '../../components/PopoverButton.tsx';
import { toggled } from '../../logic/chartSettings.ts';
import { metricCard } from '../../logic/metricCards.ts';
import {
  applyChartView,
  removeChartView,
  saveChartView,
  setAxis,
  setChartSettings,
  setZoom,
  useChartSettings,
  useCharts,
} from '../../state/charts.ts';
import { say } from '../../state/messages.ts';
import { setView, useView } from '../../state/view.ts';

export function ChartToolbar({ existing, children }: { existing: readonly string[]; children?: ReactNode }) {
  const axis = useView((view) => view.axis);
  const smoothing = useView((view) => view.smoothing);
  const { logX, ignoreOutliers } = useChartSettings();
  return (
    <div className="chart-toolbar" role="toolbar" aria-label="Charts">
      <ToggleButtonGroup
        size="small"
        exclusive
        value={axis}
        onChange={(_, value: CurveAxis | null) => value !== null && setAxis(value)}
        aria-label="Horizontal axis"
      >
        <ToggleButton value="step">step</ToggleButton>
        <ToggleButton value="tokens">tokens</ToggleButton>
        <ToggleButton value="flops">FLOP</ToggleButton>
        <ToggleButton value="seconds">time</ToggleButton>
      </ToggleButtonGroup>
      <Setting label="log x" checked={logX} set={(value) => setChartSettings({ logX: value })} />
      <span className="control">
        <span>smoothing</span>
        <Slider
          size="small"
          className="smoothing"
          min={0}
          max={0.99}
          step={0.01}
          value={smoothing}
          onChange={(_, value) => setView({ smoothing: value as number })}
          aria-label="Smoothing"
        />
        <span className="number smoothing-value">{smoothing.toFixed(2)}</span>
      </span>
      <Setting
        label="ignore outliers"
        hint="The vertical axis spans the middle 95 % of the points."
        checked={ignoreOutliers}
        set={(value) => setChartSettings({ ignoreOutliers: value })}
      />
      {children}
      <ZoomChip axis={axis} />
      <span className="chart-toolbar-end">
        <CardPicker existing={existing} />
        <Views />
      </span>
    </div>
  );
}

function Setting({
  label,
  hint,
  checked,
  set,
}: {
  label: string;
  hint?: string;
  checked: boolean;
  set: (value: boolean) => void;
}) {
  return (
    <FormControlLabel
      className="control"
      title={hint}
      control={<Switch size="small" checked={checked} onChange={(event) => set(event.target.checked)} />}
      label={label}
    />
  );
}

function ZoomChip({ axis }: { axis: CurveAxis }) {
  const zoom = useCharts((charts) => charts.zoom);
  if (zoom === null) return null;
  const write = (value: number) => (axis === 'seconds' ? formatDuration(value) : formatSI(value, '', 4));
  return (
    <Chip
      size="small"
      variant="outlined"
      label={`${write(zoom.from)} – ${write(zoom.to)}`}
      title="The range on show. Double click on a chart shows all again."
      onDelete={() => setZoom(null)}
      onClick={() => setZoom(null)}
      aria-label={`Zoomed to ${write(zoom.from)} – ${write(zoom.to)}: show all`}
    />
  );
}

function CardPicker({ existing }: { existing: readonly string[] }) {
  const { cards, pinned } = useChartSettings();
  return (
    <PopoverButton text="Metrics" icon={<AddchartOutlined />} label="Metrics" className="chart-popover">
      {() => (
        <>
          {existing.length === 0 && <p className="muted">Nothing was logged yet.</p>}
          {existing.map((id) => (
            <FormControlLabel
              key={id}
              control={
                <Checkbox
                  size="small"
                  checked={cards.includes(id) || pinned.includes(id)}
                  onChange={() =>
                    cards.includes(id) || pinned.includes(id)
                      ? setChartSettings({
                          cards: cards.filter((other) => other !== id),
                          pinned: pinned.filter((other) => other !== id),
                        })
                      : setChartSettings({ cards: toggled(cards, id) })
                  }
                />
              }
              label={metricCard(id).title}
            />
          ))}
        </>
      )}
    </PopoverButton>
  );
}

function Views() {
  const [name, setName] = useState('');
  const views = useView((view) => view.chartViews);
  const save = (event: FormEvent) => {
    event.preventDefault();
    const given = name.trim();
    if (given === '') return;
    saveChartView(given);
    say(`View ${given} saved.`);
    setName('');
  };
  return (
    <PopoverButton
      text="Views"
      icon={<BookmarkBorderOutlined />}
      label="Saved views"
      className="chart-popover"
    >
      {(close) => (
        <>
          {views.length === 0 && (
            <p className="muted">A view keeps which charts are shown, their axes, smoothing and grouping.</p>
          )}
          {views.map((view) => (
            <div key={view.name} className="chart-view">
              <Button
                size="small"
                onClick={() => {
                  applyChartView(view);
                  close();
                }}
              >
                {view.name}
              </Button>
              <IconButton
                size="small"
                aria-label={`Delete view ${view.name}`}
                onClick={() => removeChartView(view.name)}
              >
                <DeleteOutlineOutlined fontSize="small" />
              </IconButton>
            </div>
          ))}
          <form className="chart-view" onSubmit={save}>
            <OutlinedInput
              size="small"
              placeholder="Name of this view"
              value={name}
              onChange={(event) => setName(event.target.value)}
              inputProps={{ 'aria-label': 'Name of this view', maxLength: 60 }}
            />
            <Button size="small" type="submit" variant="outlined" disabled={name.trim() === ''}>
              Save
            </Button>
          </form>
        </>
      )}
    </PopoverButton>
  );
}
