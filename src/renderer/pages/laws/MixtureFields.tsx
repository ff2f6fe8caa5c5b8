/** Mixtures that a study tries: a lattice over the simplex, or points of it that are clicked or typed. */
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import OutlinedInput from '@mui/material/OutlinedInput';
import { useId, useState } from 'react';
import { ChoiceField } from '../../components/fields/ChoiceField.tsx';
import { FieldRow } from '../../components/fields/FieldRow.tsx';
import { NumberField } from '../../components/fields/NumberField.tsx';
import { parseShares, type Shares, sameShares } from '../../logic/simplex.ts';
import { mixturesShown, type StudyForm } from '../../logic/studyForm.ts';
import { useWorkspace } from '../../state/workspace.ts';
import { Simplex, sharesText } from './Simplex.tsx';

interface Props {
  readonly form: StudyForm;
  readonly onChange: (part: Partial<StudyForm>) => void;
}

const ways = [
  { value: 'none', label: 'none' },
  { value: 'lattice', label: 'lattice' },
  { value: 'points', label: 'clicked points' },
] as const;

export function MixtureFields({ form, onChange }: Props) {
  const sets = useWorkspace((workspace) => workspace.data.value) ?? [];
  const toggle = (name: string, on: boolean) =>
    onChange({
      data: on ? [...form.data, name] : form.data.filter((other) => other !== name),
      points: [],
    });
  return (
    <div>
      <h3>Mixtures of data sets</h3>
      <ChoiceField
        help={{
          label: 'Mixtures',
          help: 'Proportions of data sets, as points of a simplex; each is crossed with the fields. All are judged on every data set alike.',
        }}
        wide
        value={form.mixing}
        choices={ways}
        onChange={(mixing) => onChange({ mixing: mixing as StudyForm['mixing'] })}
      />
      {form.mixing !== 'none' && (
        <>
          <fieldset className="panel-runs">
            <legend>Data sets, three for the triangle</legend>
            {sets.length === 0 && <p className="muted small">No data set yet: add texts on the Data page.</p>}
            {sets.map(({ name }) => (
              <FormControlLabel
                key={name}
                control={
                  <Checkbox
                    size="small"
                    checked={form.data.includes(name)}
                    onChange={(event) => toggle(name, event.target.checked)}
                  />
                }
                label={name}
              />
            ))}
          </fieldset>
          {form.mixing === 'lattice' && (
            <NumberField
              help={{ label: 'Divisions', help: 'All proportions k / divisions that sum to one.' }}
              value={form.divisions}
              bounds={{ integer: true, minimum: 1, maximum: 20 }}
              onChange={(divisions) => onChange({ divisions })}
            />
          )}
          {form.data.length === 3 && <Triangle form={form} onChange={onChange} />}
        </>
      )}
    </div>
  );
}

function Triangle({ form, onChange }: Props) {
  const { data, points, mixing } = form;
  const byHand = mixing === 'points';
  const toggle = (shares: Shares) =>
    onChange({
      points: points.some((point) => sameShares(point, shares))
        ? points.filter((point) => !sameShares(point, shares))
        : [...points, shares],
    });
  const shown = mixturesShown(form);
  return (
    <>
      <Simplex
        names={data}
        points={shown.map((shares) => ({ shares, text: sharesText(data, shares) }))}
        label={`Mixtures of ${data.join(', ')}: ${shown.length} chosen.`}
        {...(byHand ? { onPick: toggle } : {})}
      />
      {byHand && <TypedShares names={data} onAdd={toggle} />}
    </>
  );
}

function TypedShares({ names, onAdd }: { names: readonly string[]; onAdd: (shares: Shares) => void }) {
  const id = useId();
  const [text, setText] = useState('');
  const shares = parseShares(text);
  const wrong = text.trim() !== '' && shares === null;
  const add = () => {
    if (shares === null) return;
    onAdd(shares);
    setText('');
  };
  return (
    <FieldRow
      id={id}
      help={{
        label: 'Shares',
        help: `Of ${names.join(', ')}; brought to sum 1. The same shares again take the point out.`,
      }}
      error={wrong ? 'Write three numbers, for instance 0.5, 0.3, 0.2.' : undefined}
    >
      <OutlinedInput
        id={id}
        size="small"
        value={text}
        placeholder="0.5, 0.3, 0.2"
        error={wrong}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') add();
        }}
        inputProps={{ className: 'number', autoComplete: 'off', 'aria-describedby': `${id}-help` }}
      />
      <Button variant="outlined" disabled={shares === null} onClick={add}>
        Add
      </Button>
    </FieldRow>
  );
}
