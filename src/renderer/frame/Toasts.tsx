import CloseOutlined from '@mui/icons-material/CloseOutlined';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import { useEffect } from 'react';
import { dismiss, type Message, useMessages } from '../state/messages.ts';

export function Toasts() {
  const toasts = useMessages((messages) => messages.toasts);
  return (
    <section className="toasts" aria-label="Messages">
      {toasts.map((message) => (
        <Toast key={message.id} message={message} />
      ))}
    </section>
  );
}

/** Errors stay until they are closed; the rest goes by itself. */
function Toast({ message }: { message: Message }) {
  useEffect(() => {
    if (message.severity === 'error') return;
    const timer = setTimeout(() => dismiss(message.id), 8000);
    return () => clearTimeout(timer);
  }, [message]);
  return (
    <Alert
      severity={message.severity}
      variant="outlined"
      className="toast"
      role={message.severity === 'error' ? 'alert' : 'status'}
      action={
        <>
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
