/**
 * What is selected: a token with what the model expects after it and its way through the experts; an expert with its
 * tokens. It stands beside the views and scrolls by itself, so that a choice moves nothing.
 */
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { formatNumber, formatShare } from '../../../shared/format.ts';
import type { ReadRoutes, TokenReading } from '../../../shared/run/reading.ts';
import { expertLabel } from '../../logic/probeMaps.ts';
import { visibleToken } from '../../logic/tokenColour.ts';
import { expertPaint, routerEntropy, routesOf } from '../../logic/tokenStrip.ts';
import { topTokens } from '../../logic/topTokens.ts';
import { setInspect, useInspect } from '../../state/inspect.ts';
import type { Pair, Side } from './sides.ts';
import { SideName } from './ViewCard.tsx';

export function SelectionPanel({ reading }: { reading: Pair<TokenReading> }) {
  const { token, expert } = useInspect();
  const shown = reading.sides.flatMap((side, index) => {
    const value = reading.answers[index]?.state?.value;
    return value === undefined ? [] : [{ side, value, index }];
  });
  if (shown.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a long path of experts scrolls, by keys too
    <section className="inspect-selection" aria-label="Selection" tabIndex={0}>
      <div className="panel-head">
        <Typography variant="h3" component="h2">
          Selection
        </Typography>
        <span className="grow" />
        {(token !== null || expert !== null) && (
          <Button size="small" onClick={() => setInspect({ token: null, expert: null })}>
            Clear
          </Button>
        )}
      </div>
      {token === null && expert === null && (
        <p className="small muted">
          Click a token, or walk through them with the arrow keys: what the model expects next and which
          experts it takes are shown here. Escape clears.
        </p>
      )}
      <div className="view-sides">
        {shown.map(({ side, value, index }) => (
          <div key={`${side.run.run} ${index}`} className="view-side" aria-live="polite">
            {shown.length > 1 && (token !== null || expert !== null) && (
              <SideName side={side} index={index} />
            )}
            {token !== null && <TokenDetail value={value} at={Math.min(token, value.tokens.length - 1)} />}
            {expert !== null && <ExpertDetail value={value} expert={expert} side={side} />}
          </div>
        ))}
      </div>
    </section>
  );
}

function TokenDetail({ value, at }: { value: TokenReading; at: number }) {
  const token = value.tokens[at];
  if (token === undefined) return null;
  return (
    <>
      <p className="selection-line">
        <code className="selection-token">{visibleToken(token.token)}</code>
        <span className="small muted">
          position <span className="number">{at + 1}</span>, id <span className="number">{token.id}</span>
        </span>
      </p>
      <p className="small selection-line">
        {token.loss === null ? (
          <span className="muted">Nothing comes before it, so nothing predicts it.</span>
        ) : (
          <span>
            loss <b className="number">{formatNumber(token.loss)}</b> nats, probability{' '}
            <b className="number">{formatNumber(Math.exp(-token.loss))}</b>
          </span>
        )}
      </p>
      {token.predictions.length > 0 ? (
        <Predictions value={value} at={at} />
      ) : (
        <p className="small muted">The last token is predicted, but not read.</p>
      )}
      {at < value.read && value.routes.length > 0 && <ExpertPath routes={value.routes} token={at} />}
    </>
  );
}

function Predictions({ value, at }: { value: TokenReading; at: number }) {
  const { predictions, entropy } = value.tokens[at]!;
  const follows = value.tokens[at + 1]?.id;
  const most = predictions[0]?.probability ?? 1;
  return (
    <>
      <h3 className="selection-head">Next token, of entropy {formatNumber(entropy)} nats</h3>
      <ol className="predictions" aria-label="Most probable next tokens">
        {predictions.map(({ id, token, probability }) => (
          <li key={id} aria-current={id === follows ? 'true' : undefined}>
            <code>{visibleToken(token)}</code>
            <span className="prediction-bar">
              <i style={{ width: `${(100 * probability) / most}%` }} />
            </span>
            <span className="number">{formatNumber(probability)}</span>
          </li>
        ))}
      </ol>
      {follows !== undefined && !predictions.some(({ id }) => id === follows) && (
        <p className="small muted">
          What follows, <code>{visibleToken(value.tokens[at + 1]!.token)}</code>, is not among them.
        </p>
      )}
    </>
  );
}

function ExpertPath({ routes, token }: { routes: readonly ReadRoutes[]; token: number }) {
  const { layer: chosenLayer, expert: chosenExpert } = useInspect();
  return (
    <>
      <h3 className="selection-head">Experts by layer</h3>
      <ul className="expert-path" aria-label="Experts of the token by layer">
        {routes.map((layer) => {
          const entropy = routerEntropy(layer, token);
          return (
            <li key={layer.layer}>
              <span className="small muted path-layer">{layer.layer + 1}</span>
              <span className="path-experts">
                {(layer.chosen[token] ?? []).map((expert, place) => (
                  <button
                    key={expert}
                    type="button"
                    className="legend-expert number"
                    aria-pressed={layer.layer === chosenLayer && expert === chosenExpert}
                    style={{ background: expertPaint(expert, layer.experts).background }}
                    title={`weight ${formatNumber(layer.weights[token]?.[place])}${
                      layer.probabilities === null
                        ? ''
                        : `, ${layer.router === 'gates' ? 'gate' : 'probability'} ${formatNumber(layer.probabilities[token]?.[expert])}`
                    }`}
                    onClick={() => setInspect({ layer: layer.layer, expert })}
                  >
                    {expertLabel(expert, layer.experts, layer.groups)}
                  </button>
                ))}
                {(layer.chosen[token] ?? []).length === 0 && <span className="small muted">none</span>}
              </span>
              {entropy !== null && <span className="small muted number">{formatNumber(entropy)} nats</span>}
            </li>
          );
        })}
      </ul>
    </>
  );
}

function ExpertDetail({ value, expert, side }: { value: TokenReading; expert: number; side: Side }) {
  const layer = useInspect((state) => state.layer);
  const routes = routesOf(value, layer);
  if (routes === null || expert >= routes.experts) {
    return (
      <p className="small muted">
        {side.run.name} has no such expert in layer {layer + 1}.
      </p>
    );
  }
  const top = topTokens(routes, value.tokens, expert, 16);
  const ran = routes.chosen.filter((chosen) => chosen.includes(expert)).length;
  return (
    <>
      <h3 className="selection-head">
        Expert {expertLabel(expert, routes.experts, routes.groups)} of layer {layer + 1}
      </h3>
      <p className="small">
        ran for <b className="number">{formatShare(ran / Math.max(1, value.read))}</b> of these tokens
        {top.length > 0 && ', most often for'}
      </p>
      <ul className="top-tokens" aria-label="Tokens of the expert, the most frequent first">
        {top.map(({ id, token, count, of, weight }) => (
          <li
            key={id}
            title={`${count} of ${of} occurrences in this text, mean weight ${formatNumber(weight)}`}
          >
            <code>{visibleToken(token)}</code>{' '}
            <span className="number muted">
              {count}/{of}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
