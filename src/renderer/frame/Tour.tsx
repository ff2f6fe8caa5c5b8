/** The first-run tour: a card beside the control that each step is about; the control itself is used, not a copy. */
import CloseOutlined from '@mui/icons-material/CloseOutlined';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Typography from '@mui/material/Typography';
import { type CSSProperties, type ReactNode, useEffect, useState } from 'react';
import { formatDuration, formatInteger, formatNumber } from '../../shared/format.ts';
import { Keys } from '../actions/ActionButton.tsx';
import { endTour, followTour, goTo, type TourStep, tourSteps, useTour } from '../state/tour.ts';
import { useTraining } from '../state/training.ts';
import { openRun } from '../state/view.ts';
import { useWorkspace } from '../state/workspace.ts';
import './tour.css';

interface Step {
  readonly title: string;
  /** The control, as a selector. */
  readonly target: string;
  readonly text: ReactNode;
}

const steps: Record<TourStep, Step> = {
  preset: {
    title: 'Choose a model',
    target: '[data-preset="finedeep-0.3m"]',
    text: (
      <>
        Click <b>finedeep-0.3m</b>: a Finedeep model of 0.3 M parameters, small enough to train while you
        watch. Any other preset will do as well.
      </>
    ),
  },
  text: {
    title: 'Choose a text',
    target: '.data-choice',
    text: 'Tick a text to train on. The samples come with Finegrain and need no network.',
  },
  train: {
    title: 'Train',
    target: '.start-box',
    text: (
      <>
        Press <b>Start training</b>, or <Keys shortcut="Ctrl+Enter" /> anywhere. The settings above it are set
        for a first run.
      </>
    ),
  },
  watch: { title: 'Watch it learn', target: '.run-body', text: null },
};

export function Tour() {
  useEffect(followTour, []);
  const step = useTour((tour) => tour.step);
  return step === null ? null : <Card key={step} step={step} />;
}

function Card({ step }: { step: TourStep }) {
  const { title, target, text } = steps[step];
  const place = useTarget(target);
  const position = tourSteps.indexOf(step);
  const ready = useReady(step);
  const next = tourSteps[position + 1];
  const before = tourSteps[position - 1];
  return (
    <section
      className="tour"
      role="dialog"
      aria-label="First steps"
      style={place ?? undefined}
      onKeyDown={(event) => {
        if (event.key === 'Escape') endTour();
      }}
    >
      <div className="panel-head">
        <span className="muted small">
          Step {position + 1} of {tourSteps.length}
        </span>
        <span className="grow" />
        <IconButton aria-label="Close the tour" onClick={endTour}>
          <CloseOutlined fontSize="small" />
        </IconButton>
      </div>
      <Typography variant="h2">{title}</Typography>
      <div role="status" className="tour-text">
        {step === 'watch' ? <Progress /> : text}
      </div>
      {place === null && <p className="muted small">What this step is about is not on show.</p>}
      <div className="tour-buttons">
        {step !== 'watch' && (
          <Button variant="text" onClick={() => showControl(step, target)}>
            Show me where
          </Button>
        )}
        <span className="grow" />
        {before !== undefined && step !== 'watch' && (
          <Button variant="text" onClick={() => goTo(before)}>
            Back
          </Button>
        )}
        {next === undefined ? (
          <Button variant="contained" onClick={endTour}>
            Done
          </Button>
        ) : (
          step !== 'train' && (
            <Button
              variant="contained"
              disabled={ready !== null}
              title={ready ?? undefined}
              onClick={() => goTo(next)}
            >
              Next
            </Button>
          )
        )}
      </div>
    </section>
  );
}

/** Why the step is not done yet; null when it is. */
function useReady(step: TourStep): string | null {
  const texts = useTraining((training) => training.configuration.data.length);
  return step === 'text' && texts === 0 ? 'Choose a text first.' : null;
}

/** The last step, in the words of the run that it watches. */
function Progress() {
  const id = useTour((tour) => tour.run);
  const run = useWorkspace((workspace) => workspace.runs.value?.find((other) => other.run === id));
  useEffect(() => {
    if (id !== null) openRun(id);
  }, [id]);
  if (run === undefined) return <>The run is no longer there.</>;
  const floor = run.unigramEntropy;
  if (run.state === 'finished')
    return (
      <>
        {run.name} is trained: validation loss <b className="number">{formatNumber(run.validationLoss)}</b>{' '}
        nats/token
        {floor !== null && (
          <>
            , where a model without context reaches <b className="number">{formatNumber(floor)}</b>
          </>
        )}
        . Next: its checkpoints let you sample text, and Inspect shows what its experts do.
      </>
    );
  if (run.state === 'running')
    return (
      <>
        Step <b className="number">{formatInteger(run.step)}</b> of {formatInteger(run.steps)}
        {run.secondsLeft !== null && `, about ${formatDuration(run.secondsLeft)} left`}. The loss falls; once
        it is below the dashed line, the model uses context.
      </>
    );
  if (run.state === 'queued' || run.state === 'preparing')
    return <>The text is cut into tokens and the model is built; the curve begins in a moment.</>;
  return (
    <>
      The run is {run.state}. {run.reason}
    </>
  );
}

/** Puts the focus on the control, so that the keyboard gets there too. */
function showControl(step: TourStep, target: string): void {
  goTo(step);
  requestAnimationFrame(() => {
    const element = document.querySelector<HTMLElement>(target);
    const inside = element?.querySelector<HTMLElement>('input, button:not(:disabled)');
    element?.scrollIntoView({ block: 'center' });
    (element?.matches('button') === true ? element : inside)?.focus();
  });
}

/** Marks the control and returns where the card stands beside it; null while it is not on show. */
function useTarget(selector: string): CSSProperties | null {
  const [place, setPlace] = useState<CSSProperties | null>({});
  useEffect(() => {
    let marked: HTMLElement | null = null;
    let text = '';
    const look = () => {
      const found = document.querySelector<HTMLElement>(selector);
      const element = found !== null && found.offsetParent !== null ? found : null;
      if (element !== marked) {
        marked?.removeAttribute('data-tour');
        element?.setAttribute('data-tour', '');
        element?.scrollIntoView({ block: 'nearest' });
        marked = element;
      }
      const now = element === null ? null : beside(element.getBoundingClientRect());
      if (JSON.stringify(now) === text) return;
      text = JSON.stringify(now);
      setPlace(now);
    };
    look();
    // The control may come, go and move for many reasons; looking twice a second is enough to follow it.
    const timer = setInterval(look, 500);
    return () => {
      clearInterval(timer);
      marked?.removeAttribute('data-tour');
    };
  }, [selector]);
  return place;
}

const cardWidth = 320;
const gap = 14;

/** Right of the control where there is room, else left of it; over it only where it fills the window. */
function beside({ left, right, top, bottom }: DOMRect): CSSProperties {
  const { innerWidth, innerHeight } = window;
  const x =
    right + gap + cardWidth < innerWidth
      ? right + gap
      : left - gap - cardWidth > 0
        ? left - gap - cardWidth
        : innerWidth - cardWidth - 2 * gap;
  const middle = (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2;
  return { left: Math.round(x), top: Math.round(Math.min(Math.max(middle - 90, 60), innerHeight - 280)) };
}
