/** In place of what a run would show: that it loads, why it failed, or which run fills it. */
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import { Failure } from '../../../components/Failure.tsx';
import { setView } from '../../../state/view.ts';
import type { Found } from './useMethodRun.ts';

interface Props {
  readonly found: Exclude<Found<unknown>, { status: 'ready' }>;
  /** Which run fills the place, in a sentence. */
  readonly text: string;
}

export function MissingRun({ found, text }: Props) {
  if (found.status === 'loading')
    return <Skeleton variant="rounded" height={24} aria-label="Loading the run" />;
  if (found.status === 'error')
    return <Failure error={found.error} what="The run's probes could not be read" retry={found.retry} />;
  return (
    <p className="editor-empty small">
      {text}{' '}
      <Button variant="text" onClick={() => setView({ designTab: 'train' })}>
        Train one
      </Button>
    </p>
  );
}
