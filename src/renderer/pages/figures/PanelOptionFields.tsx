/** What one kind of figure asks for beside its runs: a metric and its axes, a threshold, a layer, fields of the runs. */
import CloseOutlined from '@mui/icons-material/CloseOutlined';
import IconButton from '@mui/material/IconButton';
import { useEffect } from 'react';
import { expandLayers } from '../../../shared/architecture/document.ts';
import {
  type FigurePanel,
  type PanelOptions,
  type RoutingStatistic,
  routingStatistics,
} from '../../../shared/figures/document.ts';
import { metricUnits } from '../../../shared/run/metrics.ts';
import { fieldLabel } from '../../../shared/run/records.ts';
import { ChoiceField } from '../../components/fields/ChoiceField.tsx';
import { NumberField } from '../../components/fields/NumberField.tsx';
import { SwitchField } from '../../components/fields/SwitchField.tsx';
import { asksForHead, asksForLayer, asksForThreshold, overFields } from '../../logic/figures.ts';
import { thresholdsOf } from '../../logic/probeMaps.ts';
import { loadDetail, loadProbes, useWorkspace } from '../../state/workspace.ts';
import { AxisPicker } from '../runs/AxisPicker.tsx';
import { useRecords } from '../runs/useRecords.ts';

const axes = [
  { value: 'step', label: 'steps' },
  { value: 'tokens', label: 'tokens' },
  { value: 'flops', label: 'FLOPs' },
  { value: 'seconds', label: 'time' },
] as const;

const statisticLabels: Readonly<Record<RoutingStatistic, string>> = {
  entropy: 'entropy of routing',
  active: 'active experts',
  imbalance: 'imbalance of choices',
};

interface Props {
  readonly panel: FigurePanel;
  readonly setOptions: (options: Partial<PanelOptions>) => void;
}

export function PanelOptionFields({ panel, setOptions }: Props) {
  const { kind, options } = panel;
  const first = panel.runs[0];
  const details = useWorkspace((workspace) => workspace.details[first ?? '']?.value);
  const probes = useWorkspace((workspace) => workspace.probes[first ?? '']?.value);
  useEffect(() => {
    if (first === undefined) return;
    void loadDetail(first);
    void loadProbes(first);
  }, [first]);
  const thresholds = thresholdsOf(probes ?? []);
  const metrics = details?.metrics ?? Object.keys(metricUnits);
  const layers = details === undefined ? [] : expandLayers(details.architecture);
  const layer = options.layer ?? 0;
  return (
    <>
      {kind === 'metric' && (
        <>
          <ChoiceField
            help={{ label: 'Metric', help: 'What the first run has logged.' }}
            wide
            value={options.metric ?? 'train/loss'}
            choices={metrics.map((value) => ({ value, label: value }))}
            onChange={(metric) => setOptions({ metric })}
          />
          <ChoiceField
            help={{ label: 'Against', help: 'The horizontal axis.' }}
            value={options.axis ?? 'tokens'}
            choices={axes}
            onChange={(value) => setOptions({ axis: axes.find((axis) => axis.value === value)?.value })}
          />
          <SwitchField
            help={{ label: 'Log horizontal', help: 'Points at 0 are left out.' }}
            value={options.logX ?? false}
            onChange={(logX) => setOptions({ logX })}
          />
          <SwitchField
            help={{ label: 'Log vertical', help: 'Points at or below 0 are left out.' }}
            value={options.logY ?? false}
            onChange={(logY) => setOptions({ logY })}
          />
        </>
      )}
      {asksForThreshold(kind) && thresholds.length > 0 && (
        <ChoiceField
          help={{ label: 'Threshold', symbol: 'tau', help: 'Of NSAR, in our definition.' }}
          value={String(options.threshold ?? thresholds.find((value) => value === '0.1') ?? thresholds[0])}
          choices={thresholds.map((value) => ({ value }))}
          onChange={(value) => setOptions({ threshold: Number(value) })}
        />
      )}
      {kind === 'routing-steps' && (
        <ChoiceField
          help={{ label: 'Quantity', help: 'Of one run by layer; of several runs the mean over layers.' }}
          wide
          value={options.statistic ?? 'entropy'}
          choices={routingStatistics.map((value) => ({ value, label: statisticLabels[value] }))}
          onChange={(value) => setOptions({ statistic: routingStatistics.find((one) => one === value) })}
        />
      )}
      {asksForLayer(kind) && layers.length > 0 && (
        <NumberField
          help={{ label: 'Layer', help: 'Counted from 1.' }}
          value={layer + 1}
          bounds={{ integer: true, minimum: 1, maximum: layers.length }}
          onChange={(value) => setOptions({ layer: value - 1 })}
        />
      )}
      {asksForHead(kind) && layers.length > 0 && (
        <NumberField
          help={{ label: 'Head', help: 'Counted from 1.' }}
          value={(options.head ?? 0) + 1}
          bounds={{ integer: true, minimum: 1, maximum: layers[layer]?.attention.heads ?? 1 }}
          onChange={(value) => setOptions({ head: value - 1 })}
        />
      )}
      {overFields(kind) && <FieldAxes panel={panel} setOptions={setOptions} />}
    </>
  );
}

/** The fields of a scatter, across and up, or of the axes of parallel coordinates. */
function FieldAxes({ panel, setOptions }: Props) {
  const all = useWorkspace((workspace) => workspace.runs.value) ?? [];
  const records = useRecords(all.filter(({ run }) => panel.runs.includes(run)));
  const { fields = [], logFields = [] } = panel.options;
  if (records === null) return null;
  const setLog = (field: string, log: boolean) =>
    setOptions({ logFields: log ? [...logFields, field] : logFields.filter((other) => other !== field) });
  const scatter = panel.kind === 'scatter';
  const shown = scatter ? [fields[0] ?? '', fields[1] ?? ''] : fields;
  return (
    <div className="panel-fields">
      {shown.map((field, at) => (
        <span key={`${at} ${field}`} className="panel-axis">
          <AxisPicker
            label={scatter ? (at === 0 ? 'across' : 'up') : `axis ${at + 1}`}
            value={field}
            records={records}
            set={(next) => setOptions({ fields: shown.map((other, place) => (place === at ? next : other)) })}
            log={logFields.includes(field)}
            setLog={(log) => setLog(field, log)}
          />
          {!scatter && (
            <IconButton
              size="small"
              aria-label={`Remove axis ${fieldLabel(field)}`}
              onClick={() => setOptions({ fields: fields.filter((_, place) => place !== at) })}
            >
              <CloseOutlined fontSize="inherit" />
            </IconButton>
          )}
        </span>
      ))}
      {!scatter && fields.length < 12 && (
        <AxisPicker
          label="add axis"
          value=""
          records={records}
          set={(field) => setOptions({ fields: [...fields, field] })}
        />
      )}
      <AxisPicker
        label="colour"
        value={panel.options.colourBy ?? ''}
        records={records}
        set={(colourBy) => setOptions({ colourBy })}
      />
    </div>
  );
}
