/** A line of text; told to its owner on every key, as one gesture from the first key to blur. Never empty. */
import OutlinedInput from '@mui/material/OutlinedInput';
import { useId, useState } from 'react';
import type { FieldHelp } from '../../../shared/methods/method.ts';
import { describedBy, FieldRow } from './FieldRow.tsx';

interface Props {
  readonly help: FieldHelp;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onGesture: (phase: 'begin' | 'end') => void;
}

export function TextLine({ help, value, onChange, onGesture }: Props) {
  const id = useId();
  const [draft, setDraft] = useState<string | null>(null);
  const error = draft !== null && draft.trim() === '' ? 'Enter a name.' : undefined;
  return (
    <FieldRow id={id} help={help} error={error}>
      <OutlinedInput
        id={id}
        className="name-input"
        size="small"
        value={draft ?? value}
        error={error !== undefined}
        onChange={(event) => {
          if (draft === null) onGesture('begin');
          setDraft(event.target.value);
          if (event.target.value.trim() !== '') onChange(event.target.value.trim());
        }}
        onBlur={() => {
          if (draft !== null) onGesture('end');
          setDraft(null);
        }}
        inputProps={{ maxLength: 120, 'aria-describedby': describedBy(id, error), autoComplete: 'off' }}
      />
    </FieldRow>
  );
}
