import CloseOutlined from '@mui/icons-material/CloseOutlined';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import { useEffect } from 'react';
import { followAway } from '../state/away.ts';
import { dismiss, type Message, useMessages } from '../state/messages.ts';
import { openRun } from '../state/view.ts';

export function Toasts() {
  const toasts = useMessages((messages) => messages.toasts);
  useEffect(followAway, []);
  return (
    <section className="toasts" aria-label="Messages">
      {toasts.map((message) => (
        <Toast key={message.id} message={message} />
      ))}
    </section>
  );
}

/** Errors stay until they are closed, and so do warnings of runs; the rest goes by itself, and stays in the log. */
function Toast({ message }: { message: Message }) {
  useEffect(() => {
    const { severity, run: about } = message;
    if (severity === 'error' || (severity === 'warning' && about !== undefined)) return;
    const timer = setTimeout(() => dismiss(message.id), 8000);
    return () => clearTimeout(timer);
  }, [message]);
  const { run } = message;
  return (
    <Alert
      severity={message.severity}
      variant="outlined"
      className="toast"
      role={message.severity === 'error' ? 'alert' : 'status'}
      action={
        <>
          {run !== undefined && (
            <Button
              onClick={() => {
                openRun(run);
                dismiss(message.id);
              }}
            >
              Show run
            </Button>
          )}
          {message.action !== undefined && (
            <Button
              onClick={() => {
                message.action?.run();
                dismiss(message.id);
              }}
            >
              {message.action.label}
            </Button>
          )}
          <IconButton aria-label="Close message" onClick={() => dismiss(message.id)}>
            <CloseOutlined fontSize="small" />
          </IconButton>
        </>
      }
    >
      <strong>{message.text}</strong>
      {message.hint !== undefined && <div>{message.hint}</div>}
    </Alert>
  );
}
