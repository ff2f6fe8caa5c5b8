/** How the document on the canvas is trained: text, length, optimiser, device. Starts the run. */
import AddOutlined from '@mui/icons-material/AddOutlined';
import ExpandMoreOutlined from '@mui/icons-material/ExpandMoreOutlined';
import PlayArrowOutlined from '@mui/icons-material/PlayArrowOutlined';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import Collapse from '@mui/material/Collapse';
import OutlinedInput from '@mui/material/OutlinedInput';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import { useId, useState } from 'react';
import { formatBytes, formatCount, formatDuration, formatInteger, formatSI } from '../../../shared/format.ts';
import { objectiveFields, objectiveSchema } from '../../../shared/methods/objective.ts';
import type { RunSummary } from '../../../shared/rpc/contract.ts';
import { deviceNames, type RunConfiguration, scheduleKinds } from '../../../shared/run/configuration.ts';
import { ActionButton, Keys } from '../../actions/ActionButton.tsx';
import { action } from '../../actions/actions.ts';
import { runAction } from '../../actions/keys.ts';
import { Failure } from '../../components/Failure.tsx';
import { ChoiceField } from '../../components/fields/ChoiceField.tsx';
import { FieldRow } from '../../components/fields/FieldRow.tsx';
import { NumberField } from '../../components/fields/NumberField.tsx';
import { runName } from '../../logic/names.ts';
import { schemaFields } from '../../logic/schemaFields.ts';
import { planRun, scheduleShape } from '../../logic/trainingPlan.ts';
import { openOverlay } from '../../state/dialogs.ts';
import { setConfiguration, toggleData, useTraining } from '../../state/training.ts';
import { loadData, useWorkspace } from '../../state/workspace.ts';
import { MeasureSettings } from './MeasureSettings.tsx';
import { advancedFields, mainFields, type NumberSetting } from './trainingFields.ts';
import { useCounts, useDocument, useProblems } from './useDocument.ts';

const noRuns: readonly RunSummary[] = [];

export function TrainPanel() {
  const configuration = useTraining((training) => training.configuration);
  const [advanced, setAdvanced] = useState(false);
  return (
    <>
      <DataChoice />
      <hr />
      <RunName />
      {mainFields.map((setting) => (
        <Setting key={setting.name} setting={setting} configuration={configuration} />
      ))}
      <ScheduleChoice configuration={configuration} />
      <TokenizerChoice configuration={configuration} />
      <DeviceChoice configuration={configuration} />
      <Button
        className="advanced-toggle"
        color="inherit"
        onClick={() => setAdvanced(!advanced)}
        aria-expanded={advanced}
        endIcon={<ExpandMoreOutlined className={advanced ? 'turned' : ''} />}
      >
        Optimiser, checkpoints, probes, objective, measurements
      </Button>
      <Collapse in={advanced} unmountOnExit>
        {advancedFields.map((setting) => (
          <Setting key={setting.name} setting={setting} configuration={configuration} />
        ))}
        <ObjectiveSettings configuration={configuration} />
        <MeasureSettings configuration={configuration} />
      </Collapse>
      <StartBox configuration={configuration} />
    </>
  );
}

function Setting({ setting, configuration }: { setting: NumberSetting; configuration: RunConfiguration }) {
  const documentContext = useDocument().context;
  const value = configuration[setting.name] ?? setting.whenNull(configuration, documentContext);
  const problem =
    setting.name === 'context' && value > documentContext
      ? `At most the document's context, ${documentContext}.`
      : undefined;
  return (
    <NumberField
      help={setting.help}
      value={value}
      bounds={setting.bounds}
      problem={problem}
      onChange={(next) => setConfiguration({ [setting.name]: next })}
    />
  );
}

/** What is minimised. The TaiLr fields are shown only where they have a say. */
function ObjectiveSettings({ configuration }: { configuration: RunConfiguration }) {
  const { objective } = configuration;
  const set = (name: string, value: unknown) =>
    setConfiguration({ objective: { ...objective, [name]: value } });
  const fields = schemaFields(objectiveSchema, objectiveFields).filter(
    ({ name }) => objective.loss === 'tailr' || (name !== 'gamma' && name !== 'minWeight'),
  );
  return (
    <section aria-label="Objective">
      <Typography variant="h3">Objective</Typography>
      {fields.map(({ name, help, control }) => {
        const value = objective[name as keyof typeof objective];
        return control.type === 'choice' ? (
          <ChoiceField
            key={name}
            help={help}
            value={String(value)}
            choices={control.choices.map((choice) => ({ value: choice, label: objectiveLabels[choice] }))}
            wide
            onChange={(next) => set(name, next)}
          />
        ) : control.type === 'number' ? (
          <NumberField
            key={name}
            help={help}
            value={Number(value)}
            bounds={control}
            onChange={(next) => set(name, next)}
          />
        ) : null;
      })}
    </section>
  );
}

const objectiveLabels: Readonly<Record<string, string>> = { mle: 'maximum likelihood', tailr: 'TaiLr' };

/** Text of the workspace, and samples that can be had without a network. */
function DataChoice() {
  const data = useWorkspace((workspace) => workspace.data);
  const samples = useWorkspace((workspace) => workspace.samples);
  const chosen = useTraining((training) => training.configuration.data);
  const rows = [
    ...(data.value ?? []).map((row) => ({
      name: row.name,
      title: samples.value?.find((sample) => sample.name === row.name)?.title ?? row.name,
      detail: `${formatCount(row.documents, 'document')} · ${formatBytes(row.bytes)}`,
      sample: false,
    })),
    ...(samples.value ?? [])
      .filter((sample) => data.value?.some((row) => row.name === sample.name) !== true)
      .map((sample) => ({
        name: sample.name,
        title: sample.title,
        detail: sample.description,
        sample: true,
      })),
  ];
  return (
    <section aria-label="Text">
      <div className="panel-head">
        <Typography variant="h3">Text</Typography>
        <span className="grow" />
        <Button startIcon={<AddOutlined fontSize="small" />} onClick={() => openOverlay('addText')}>
          Add text…
        </Button>
      </div>
      {data.status === 'error' && (
        <Failure error={data.error} what="The data sets could not be listed." retry={() => void loadData()} />
      )}
      {data.value === undefined && data.status === 'loading' && <Skeleton variant="rounded" height={92} />}
      <div className="data-choice">
        {rows.map((row) => (
          // biome-ignore lint/a11y/noLabelWithoutControl: the checkbox is inside
          <label key={row.name} className="data-row">
            <Checkbox
              size="small"
              checked={chosen.some((entry) => entry.name === row.name)}
              onChange={() => toggleData(row.name)}
            />
            <span className="data-text">
              <span>
                {row.title} {row.sample && <span className="tag">sample</span>}
              </span>
              <span className="muted small data-detail">{row.detail}</span>
            </span>
            {chosen.length > 1 && chosen.some((entry) => entry.name === row.name) && (
              <Weight name={row.name} />
            )}
          </label>
        ))}
      </div>
    </section>
  );
}

/** The share of this data set in the mixture; shown when there is more than one. */
function Weight({ name }: { name: string }) {
  const data = useTraining((training) => training.configuration.data);
  const weight = data.find((entry) => entry.name === name)?.weight ?? 1;
  return (
    <OutlinedInput
      className="weight-input"
      size="small"
      type="number"
      value={weight}
      inputProps={{ 'aria-label': `Sampling weight of ${name}`, min: 0.01, step: 0.1, className: 'number' }}
      onChange={(event) => {
        const next = Number(event.target.value);
        if (next > 0)
          setConfiguration({
            data: data.map((entry) => (entry.name === name ? { ...entry, weight: next } : entry)),
          });
      }}
    />
  );
}

function RunName() {
  const id = useId();
  const name = useTraining((training) => training.name);
  const document = useDocument();
  return (
    <FieldRow
      id={id}
      help={{ label: 'Name', help: 'Of the run; left empty, it is named after the document and its layout.' }}
    >
      <OutlinedInput
        id={id}
        className="name-input"
        size="small"
        placeholder={runName(document)}
        value={name}
        onChange={(event) => useTraining.setState({ name: event.target.value })}
        inputProps={{ maxLength: 120, 'aria-describedby': `${id}-help` }}
      />
    </FieldRow>
  );
}

function ScheduleChoice({ configuration }: { configuration: RunConfiguration }) {
  return (
    <ChoiceField
      help={{
        label: 'Schedule',
        help: 'How the learning rate moves after warm-up: a cosine, warm-up stable decay, or constant.',
      }}
      wide
      value={configuration.schedule}
      choices={scheduleKinds.map((kind) => ({
        value: kind,
        label: (
          <span className="schedule-choice">
            <SchedulePicture configuration={{ ...configuration, schedule: kind }} />
            {kind === 'wsd' ? 'wsd: warm-up, stable, decay' : kind}
          </span>
        ),
      }))}
      onChange={(schedule) => setConfiguration({ schedule: schedule as RunConfiguration['schedule'] })}
    />
  );
}

function SchedulePicture({ configuration }: { configuration: RunConfiguration }) {
  const points = Array.from({ length: 41 }, (_, index) => {
    const share = index / 40;
    return `${(share * 44 + 1).toFixed(1)},${(15 - 13 * scheduleShape(configuration, share)).toFixed(1)}`;
  });
  return (
    <svg width="46" height="16" aria-hidden="true">
      <polyline points={points.join(' ')} fill="none" stroke="currentColor" strokeWidth="1.5" />
    </svg>
  );
}

function TokenizerChoice({ configuration }: { configuration: RunConfiguration }) {
  const tokenizers = useWorkspace((workspace) => workspace.tokenizers.value);
  const vocabulary = useDocument().vocabulary;
  const fresh = `train one (${formatInteger(vocabulary)})`;
  return (
    <ChoiceField
      help={{
        label: 'Tokenizer',
        help: 'A byte-level BPE tokenizer trained on the chosen text with the vocabulary of the document, or one of the workspace.',
      }}
      wide
      value={configuration.tokenizer ?? fresh}
      choices={[
        { value: fresh, label: fresh },
        ...(tokenizers ?? []).map((row) => ({
          value: row.name,
          label: `${row.name} (${formatInteger(row.vocabulary)})`,
          off:
            row.vocabulary > vocabulary
              ? `Its ${formatInteger(row.vocabulary)} tokens exceed the document's vocabulary.`
              : undefined,
        })),
      ]}
      onChange={(value) => setConfiguration({ tokenizer: value === fresh ? null : value })}
    />
  );
}

function DeviceChoice({ configuration }: { configuration: RunConfiguration }) {
  const doctor = useWorkspace((workspace) => workspace.doctor.value);
  const known = new Map(doctor?.devices.map((device) => [device.name, device]));
  return (
    <ChoiceField
      help={{ label: 'Device', help: 'Where the run computes. auto takes the fastest that works here.' }}
      value={configuration.device}
      wide
      choices={deviceNames
        .filter((name) => name === 'auto' || known.has(name))
        .map((name) => {
          const device = known.get(name);
          return {
            value: name,
            label: name === 'auto' && doctor !== undefined ? `auto (${doctor.chosen.name})` : name,
            off: device !== undefined && !device.available ? device.reason : undefined,
          };
        })}
      onChange={(device) => setConfiguration({ device: device as RunConfiguration['device'] })}
    />
  );
}

/** What the run amounts to, and the button; where it cannot start, why not. */
function StartBox({ configuration }: { configuration: RunConfiguration }) {
  const document = useDocument();
  const counts = useCounts(document);
  const problems = useProblems();
  const runs = useWorkspace((workspace) => workspace.runs.value ?? noRuns);
  const connected = useWorkspace((workspace) => workspace.connected);
  const starting = useTraining((training) => training.starting);
  const plan =
    counts === null
      ? null
      : planRun(
          configuration,
          document.context,
          counts.flopsPerToken.training,
          counts.parameters.total,
          runs,
        );
  const context = configuration.context ?? document.context;
  const obstacle =
    problems.length > 0
      ? 'The model has problems: mend the fields marked red.'
      : configuration.data.length === 0
        ? 'Choose a text to train on.'
        : context > document.context
          ? 'The training context exceeds the document’s.'
          : !connected
            ? 'The host cannot be reached.'
            : null;
  const start = action('train.start');
  return (
    <div className="start-box">
      {plan !== null && (
        <p className="muted small">
          <span className="number">{formatSI(plan.tokens)}</span> tokens,{' '}
          <span className="number">{formatSI(plan.flops, 'FLOP')}</span>
          {plan.seconds !== null && (
            <>
              {' '}
              · about <span className="number">{formatDuration(plan.seconds)}</span>, judging by{' '}
              {plan.judgedBy}
            </>
          )}
        </p>
      )}
      {obstacle !== null && <p className="obstacle small">{obstacle}</p>}
      <Button
        fullWidth
        variant="contained"
        loading={starting}
        loadingPosition="start"
        disabled={obstacle !== null}
        startIcon={<PlayArrowOutlined />}
        onClick={() => runAction(start)}
      >
        Start training <Keys shortcut={start.shortcut ?? ''} />
      </Button>
      <ActionButton name="train.sweep" label="Sweep over values of fields…" variant="text" />
    </div>
  );
}
