/** One field: label with the paper's symbol and help on the left, control on the right, what is wrong below. */
import Tooltip from '@mui/material/Tooltip';
import type { ReactNode } from 'react';
import type { FieldHelp } from '../../../shared/methods/method.ts';

interface Props {
  readonly id: string;
  readonly help: FieldHelp;
  readonly error?: string | undefined;
  readonly children: ReactNode;
}

export function FieldRow({ id, help, error, children }: Props) {
  return (
    <div className={error === undefined ? 'field' : 'field field-wrong'}>
      <div className="field-line">
        <Tooltip title={<HelpText help={help} />} placement="left">
          <label htmlFor={id}>
            {help.label} {help.symbol !== undefined && <i className="symbol">{symbolText(help.symbol)}</i>}
          </label>
        </Tooltip>
        {help.standing === 'ours' && (
          <Tooltip title="Reconstruction: this option is ours; the paper's text leaves it open.">
            <span className="tag field-ours">ours</span>
          </Tooltip>
        )}
        <span className="grow" />
        {children}
      </div>
      <span id={`${id}-help`} className="visually-hidden">
        {help.help}
      </span>
      {error !== undefined && (
        <div className="field-error" id={`${id}-error`} role="alert">
          {error}
        </div>
      )}
    </div>
  );
}

/** Ids of the texts that describe the control, for `aria-describedby`. */
export function describedBy(id: string, error: string | undefined): string {
  return error === undefined ? `${id}-help` : `${id}-error ${id}-help`;
}

function HelpText({ help }: { help: FieldHelp }) {
  return (
    <>
      {help.help}
      {help.standing !== undefined && <div className="standing">{standings[help.standing]}</div>}
    </>
  );
}

const standings: Record<NonNullable<FieldHelp['standing']>, string> = {
  paper: 'As in the paper.',
  secondary: 'From third-party descriptions of the paper.',
  derived: 'Derived from the paper.',
  ours: 'Reconstruction of ours.',
  unknown: 'Not established.',
};

const greek: Record<string, string> = {
  tau: 'τ',
  lambda: 'λ',
  sigma: 'σ',
  beta: 'β',
  epsilon: 'ε',
  eta: 'η',
  alpha: 'α',
  gamma: 'γ',
  eps: 'ε',
  theta: 'θ',
};

function symbolText(symbol: string): ReactNode {
  const [base, index] = symbol.split('_') as [string, string | undefined];
  return (
    <>
      {greek[base] ?? base}
      {index !== undefined && <sub>{index}</sub>}
    </>
  );
}
