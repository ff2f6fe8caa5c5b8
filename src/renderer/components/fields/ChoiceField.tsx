import MenuItem from '@mui/material/MenuItem';
import Select from '@mui/material/Select';
import { type ReactNode, useId } from 'react';
import type { FieldHelp } from '../../../shared/methods/method.ts';
import { choiceLabel } from '../../logic/schemaFields.ts';
import { describedBy, FieldRow } from './FieldRow.tsx';

export interface Choice {
  readonly value: string;
  readonly label?: ReactNode;
  /** Why it cannot be chosen. */
  readonly off?: string | undefined;
}

interface Props {
  readonly help: FieldHelp;
  readonly value: string;
  readonly choices: readonly Choice[];
  readonly problem?: string | undefined;
  readonly wide?: boolean;
  readonly onChange: (value: string) => void;
}

export function ChoiceField({ help, value, choices, problem, wide = false, onChange }: Props) {
  const id = useId();
  return (
    <FieldRow id={id} help={help} error={problem}>
      <Select
        className={wide ? 'field-input field-wide' : 'field-input'}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        error={problem !== undefined}
        SelectDisplayProps={{ id, 'aria-describedby': describedBy(id, problem), 'aria-label': help.label }}
        renderValue={(chosen) =>
          choices.find((choice) => choice.value === chosen)?.label ?? choiceLabel(chosen)
        }
      >
        {choices.map((choice) => (
          <MenuItem key={choice.value} value={choice.value} disabled={choice.off !== undefined}>
            <span>
              {choice.label ?? choiceLabel(choice.value)}
              {choice.off !== undefined && <span className="choice-why">{choice.off}</span>}
            </span>
          </MenuItem>
        ))}
      </Select>
    </FieldRow>
  );
}
