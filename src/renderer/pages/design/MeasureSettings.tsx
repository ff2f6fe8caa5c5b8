/** Loss by position along training: how often, on how much text, and on which text beside the run's own. */
import Checkbox from '@mui/material/Checkbox';
import Typography from '@mui/material/Typography';
import type { FieldHelp } from '../../../shared/methods/method.ts';
import { measureSchema, type RunConfiguration } from '../../../shared/run/configuration.ts';
import { planMeasurement } from '../../../shared/run/measurement.ts';
import { NumberField } from '../../components/fields/NumberField.tsx';
import { schemaFields } from '../../logic/schemaFields.ts';
import { setConfiguration } from '../../state/training.ts';
import { useWorkspace } from '../../state/workspace.ts';

type NumericField = Exclude<keyof RunConfiguration['measure'], 'sets'>;

const help: Readonly<Record<NumericField, FieldHelp>> = {
  points: {
    label: 'Measurements',
    help: 'Steps at which the loss at every position is measured, for the temporal scaling law: half evenly spaced, half in log step. 0: never.',
  },
  sequences: {
    label: 'Sequences',
    help: 'Held-out sequences of each set, the same at every measurement. Fewer where the share below allows no more.',
  },
  maximumShare: {
    label: 'Largest share',
    help: 'Compute spent measuring, at most, as a share of the compute of training.',
  },
};

export function MeasureSettings({ configuration }: { configuration: RunConfiguration }) {
  const { measure } = configuration;
  const set = (changes: Partial<RunConfiguration['measure']>) =>
    setConfiguration({ measure: { ...measure, ...changes } });
  const plan = planMeasurement(configuration);
  return (
    <section aria-label="Loss by position">
      <Typography variant="h3">Loss by position</Typography>
      {schemaFields(measureSchema, help).map(({ name, help: text, control }) =>
        control.type === 'number' ? (
          <NumberField
            key={name}
            help={text}
            value={measure[name as NumericField]}
            bounds={control}
            onChange={(next) => set({ [name]: next })}
          />
        ) : null,
      )}
      {measure.points > 0 && (
        <p className="muted small">
          {plan.steps.length} measurements of {plan.batches * configuration.batch} sequences a set
        </p>
      )}
      {measure.points > 0 && <Sets chosen={measure.sets} onChange={(sets) => set({ sets })} />}
    </section>
  );
}

/** Text that the run does not train on shows how the loss falls out of distribution. */
function Sets({ chosen, onChange }: { chosen: readonly string[]; onChange: (sets: string[]) => void }) {
  const data = useWorkspace((workspace) => workspace.data.value);
  const samples = useWorkspace((workspace) => workspace.samples.value);
  const names = [...new Set([...(data ?? []), ...(samples ?? [])].map(({ name }) => name))];
  if (names.length === 0) return null;
  return (
    <fieldset className="measured-sets">
      <legend className="small">Measured beside the run’s own held-out text</legend>
      {names.map((name) => (
        // biome-ignore lint/a11y/noLabelWithoutControl: the checkbox is inside
        <label key={name} className="data-row">
          <Checkbox
            size="small"
            checked={chosen.includes(name)}
            onChange={(_, checked) =>
              onChange(checked ? [...chosen, name] : chosen.filter((other) => other !== name))
            }
          />
          <span>{samples?.find((sample) => sample.name === name)?.title ?? name}</span>
        </label>
      ))}
    </fieldset>
  );
}
