/** The last message, and behind it all messages of this session, newest first; one about a run leads there. */
import ChatBubbleOutlineOutlined from '@mui/icons-material/ChatBubbleOutlineOutlined';
import Button from '@mui/material/Button';
import ButtonBase from '@mui/material/ButtonBase';
import Popover from '@mui/material/Popover';
import Typography from '@mui/material/Typography';
import { useRef, useState } from 'react';
import { type Message, useMessages } from '../state/messages.ts';
import { openRun } from '../state/view.ts';
import { useWorkspace } from '../state/workspace.ts';

export function MessageLog() {
  const last = useMessages((messages) => messages.last);
  const log = useMessages((messages) => messages.log);
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  const close = () => setOpen(false);
  return (
    <>
      <ButtonBase
        ref={anchor}
        className="status-button"
        onClick={() => setOpen(true)}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-label="All messages"
      >
        <ChatBubbleOutlineOutlined fontSize="small" />
      </ButtonBase>
      <span role="status" aria-live="polite" className={`status-text status-${last?.severity ?? 'info'}`}>
        {last?.text ?? 'Ready'}
      </span>
      <Popover
        open={open}
        anchorEl={() => anchor.current as HTMLElement}
        onClose={close}
        anchorOrigin={{ vertical: 'top', horizontal: 'left' }}
        transformOrigin={{ vertical: 'bottom', horizontal: 'left' }}
        slotProps={{ paper: { className: 'message-log', role: 'dialog', 'aria-label': 'Messages' } }}
      >
        <Typography variant="h3" component="h2">
          Messages
        </Typography>
        {log.length === 0 && <p className="muted small">Nothing was said yet in this session.</p>}
        <ol>
          {[...log].reverse().map((message) => (
            <Line key={message.id} message={message} close={close} />
          ))}
        </ol>
      </Popover>
    </>
  );
}

function Line({ message, close }: { message: Message; close: () => void }) {
  const { text, hint, severity, time, run } = message;
  const there = useWorkspace(
    (workspace) => run !== undefined && workspace.runs.value?.some((other) => other.run === run) === true,
  );
  return (
    <li>
      <time className="number muted" dateTime={new Date(time).toISOString()}>
        {new Date(time).toLocaleTimeString()}
      </time>
      <div>
        <span className={`status-${severity}`}>{text}</span>
        {hint !== undefined && <div className="muted small">{hint}</div>}
      </div>
      {run !== undefined && there && (
        <Button
          size="small"
          onClick={() => {
            close();
            openRun(run);
          }}
        >
          Show run
        </Button>
      )}
    </li>
  );
}
