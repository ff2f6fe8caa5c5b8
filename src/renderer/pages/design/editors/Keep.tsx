/** What an editor keeps while something is dragged. */
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import Tooltip from '@mui/material/Tooltip';

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly help: string;
}

interface Props<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly choices: readonly Choice<Value>[];
  readonly onChange: (value: Value) => void;
}

export function Keep<Value extends string>({ label, value, choices, onChange }: Props<Value>) {
  return (
    <div className="keep">
      <span className="muted small">{label}</span>
      <ToggleButtonGroup
        exclusive
        size="small"
        value={value}
        aria-label={label}
        onChange={(_, chosen: Value | null) => {
          if (chosen !== null) onChange(chosen);
        }}
      >
        {choices.map((choice) => (
          <ToggleButton key={choice.value} value={choice.value}>
            <Tooltip title={choice.help}>
              <span>{choice.label}</span>
            </Tooltip>
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
    </div>
  );
}
