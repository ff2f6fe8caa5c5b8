/** The text as the model read it: each token coloured by its loss. Point at one, or walk with the arrow keys. */
import Typography from '@mui/material/Typography';
import { type KeyboardEvent, useState } from 'react';
import { mapColour } from '../../../shared/figures/colours.ts';
import { formatNumber } from '../../../shared/format.ts';
import type { TokenLoss } from '../../../shared/rpc/contract.ts';
import { lossScale, tokenColours, visibleToken } from '../../logic/tokenColour.ts';

export function TokensView({ tokens }: { tokens: readonly TokenLoss[] }) {
  const [position, setPosition] = useState(0);
  const scale = lossScale(tokens);
  const current = tokens[Math.min(position, tokens.length - 1)];
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const move = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (move === 0) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(tokens.length - 1, position + move));
    setPosition(next);
    event.currentTarget.querySelectorAll<HTMLElement>('.token')[next]?.focus();
  };
  return (
    <section className="card inspect-card" aria-label="Tokens">
      <div className="panel-head">
        <Typography variant="h3" component="h2">
          Tokens by loss
        </Typography>
        <span className="grow" />
        <ColourBar most={scale} />
      </div>
      <div className="tokens" role="toolbar" aria-label="Tokens; arrow keys walk" onKeyDown={onKeyDown}>
        {tokens.map((token, index) => {
          const loss = -token.logProbability;
          const { background, text } = tokenColours(loss, scale);
          return (
            <button
              // Tokens have no identity but their place.
              key={`token ${index}`}
              type="button"
              className="token number"
              tabIndex={index === position ? 0 : -1}
              aria-pressed={index === position}
              style={{ background, color: text }}
              title={`${formatNumber(loss)} nats`}
              onClick={() => setPosition(index)}
            >
              {visibleToken(token.token)}
            </button>
          );
        })}
      </div>
      {current !== undefined && (
        <p className="small token-detail" aria-live="polite">
          <code>{visibleToken(current.token)}</code> id <span className="number">{current.id}</span> · loss{' '}
          <span className="number">{formatNumber(-current.logProbability)}</span> nats · probability{' '}
          <span className="number">{formatNumber(Math.exp(current.logProbability))}</span>
        </p>
      )}
    </section>
  );
}

function ColourBar({ most }: { most: number }) {
  const stops = Array.from({ length: 9 }, (_, index) => mapColour('cividis', index / 8)).join(', ');
  return (
    <span
      className="colour-bar number"
      role="img"
      aria-label={`Colours from 0 to ${formatNumber(most)} nats and more`}
    >
      0 <i style={{ background: `linear-gradient(to right, ${stops})` }} /> {formatNumber(most)} nats
    </span>
  );
}
