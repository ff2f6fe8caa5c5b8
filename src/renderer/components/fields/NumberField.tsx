/**
 * A number typed as text. It tells its owner of every valid value as it is typed, inside one gesture from the first key
 * to blur or Enter, so that a burst of typing is one undo entry. Escape gives the gesture up.
 */
import OutlinedInput from '@mui/material/OutlinedInput';
import { type KeyboardEvent, useId, useRef, useState } from 'react';
import { formatExact } from '../../../shared/format.ts';
import type { FieldHelp } from '../../../shared/methods/method.ts';
import { type NumberBounds, parseNumber, stepNumber } from '../../logic/numberInput.ts';
import { describedBy, FieldRow } from './FieldRow.tsx';

interface Props {
  readonly help: FieldHelp;
  readonly value: number;
  readonly bounds: NumberBounds;
  readonly unit?: string;
  /** A problem of the whole document at this field. */
  readonly problem?: string | undefined;
  readonly onChange: (value: number) => void;
  readonly onGesture?: (phase: 'begin' | 'end' | 'cancel') => void;
}

export function NumberField({ help, value, bounds, unit, problem, onChange, onGesture }: Props) {
  const id = useId();
  const [draft, setDraft] = useState<string | null>(null);
  const active = useRef(false);
  const parsed = draft === null ? null : parseNumber(draft, bounds);
  const error = parsed !== null && 'error' in parsed ? parsed.error : problem;

  const begin = () => {
    if (active.current) return;
    active.current = true;
    onGesture?.('begin');
  };
  const end = (phase: 'end' | 'cancel') => {
    setDraft(null);
    if (!active.current) return;
    active.current = false;
    onGesture?.(phase);
  };
  const type = (text: string) => {
    begin();
    setDraft(text);
    const next = parseNumber(text, bounds);
    if ('value' in next) onChange(next.value);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      event.preventDefault();
      begin();
      const next = stepNumber(value, event.key === 'ArrowUp' ? 1 : -1, bounds);
      setDraft(formatExact(next));
      onChange(next);
    } else if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
      end('end');
    } else if (
      onGesture !== undefined &&
      active.current &&
      (event.ctrlKey || event.metaKey) &&
      event.key === 'z'
    ) {
      // What is being typed is the gesture to undo; it is not in the history yet.
      event.preventDefault();
      end('cancel');
    } else if (event.key === 'Escape' && active.current) {
      event.stopPropagation();
      end('cancel');
    }
  };

  return (
    <FieldRow id={id} help={help} error={error}>
      <OutlinedInput
        id={id}
        className="field-input"
        size="small"
        value={draft ?? formatExact(value)}
        error={error !== undefined}
        endAdornment={unit === undefined ? undefined : <span className="field-unit">{unit}</span>}
        onChange={(event) => type(event.target.value)}
        onBlur={() => end('end')}
        onKeyDown={onKeyDown}
        inputProps={{
          inputMode: bounds.integer ? 'numeric' : 'decimal',
          'aria-describedby': describedBy(id, error),
          autoComplete: 'off',
          spellCheck: false,
          className: 'number',
        }}
      />
    </FieldRow>
  );
}
