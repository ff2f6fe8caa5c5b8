/** A list of numbers typed as text. Its owner is told of it when the typing ends, and only where every number is valid. */
import OutlinedInput from '@mui/material/OutlinedInput';
import { useId, useState } from 'react';
import { formatExact } from '../../../shared/format.ts';
import type { FieldHelp } from '../../../shared/methods/method.ts';
import { type NumberBounds, parseNumbers } from '../../logic/numberInput.ts';
import { describedBy, FieldRow } from './FieldRow.tsx';

interface Props {
  readonly help: FieldHelp;
  readonly value: readonly number[];
  readonly bounds: NumberBounds;
  readonly problem?: string | undefined;
  readonly onChange: (value: number[]) => void;
}

export function NumbersField({ help, value, bounds, problem, onChange }: Props) {
  const id = useId();
  const [draft, setDraft] = useState<string | null>(null);
  const parsed = draft === null ? null : parseNumbers(draft, bounds);
  const error = parsed !== null && 'error' in parsed ? parsed.error : problem;
  const finish = () => {
    if (parsed !== null && 'value' in parsed) onChange(parsed.value);
    setDraft(null);
  };
  return (
    <FieldRow id={id} help={help} error={error}>
      <OutlinedInput
        id={id}
        className="field-input field-wide"
        size="small"
        value={draft ?? value.map(formatExact).join(', ')}
        error={error !== undefined}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={finish}
        onKeyDown={(event) => {
          if (event.key === 'Enter') finish();
          if (event.key === 'Escape' && draft !== null) {
            event.stopPropagation();
            setDraft(null);
          }
        }}
        inputProps={{
          'aria-describedby': describedBy(id, error),
          autoComplete: 'off',
          spellCheck: false,
          className: 'number',
        }}
      />
    </FieldRow>
  );
}
