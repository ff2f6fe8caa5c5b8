import Switch from '@mui/material/Switch';
import { useId } from 'react';
import type { FieldHelp } from '../../../shared/methods/method.ts';
import { FieldRow } from './FieldRow.tsx';

interface Props {
  readonly help: FieldHelp;
  readonly value: boolean;
  readonly problem?: string | undefined;
  readonly onChange: (value: boolean) => void;
}

export function SwitchField({ help, value, problem, onChange }: Props) {
  const id = useId();
  return (
    <FieldRow id={id} help={help} error={problem}>
      <Switch
        size="small"
        id={id}
        checked={value}
        onChange={(event) => onChange(event.target.checked)}
        slotProps={{ input: { 'aria-describedby': `${id}-help` } }}
      />
    </FieldRow>
  );
}
