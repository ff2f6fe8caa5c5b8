import Alert from '@mui/material/Alert';
import AlertTitle from '@mui/material/AlertTitle';
import Button from '@mui/material/Button';
import type { ErrorShape } from '../../shared/errors.ts';

/** What happened, why, and what to do: the error state of every view. */
export function Failure({ error, what, retry }: { error: ErrorShape; what?: string; retry?: () => void }) {
  return (
    <Alert
      severity="error"
      variant="outlined"
      action={
        retry === undefined ? undefined : (
          <Button color="inherit" onClick={retry}>
            Try again
          </Button>
        )
      }
    >
      {what !== undefined && <AlertTitle>{what}</AlertTitle>}
      <div>{error.message}</div>
      {error.hint !== undefined && <div className="hint">{error.hint}</div>}
      {(error.problems?.length ?? 0) > 1 && (
        <ul className="problems">
          {error.problems?.map((problem) => (
            <li key={problem.path + problem.message}>
              <code>{problem.path}</code>: {problem.message}
            </li>
          ))}
        </ul>
      )}
    </Alert>
  );
}
