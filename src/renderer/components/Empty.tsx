import Typography from '@mui/material/Typography';
import type { ReactNode } from 'react';

/** One sentence, and the one action that fills the view. */
export function Empty({ text, icon, children }: { text: string; icon?: ReactNode; children?: ReactNode }) {
  return (
    <div className="empty">
      {icon}
      <Typography className="muted">{text}</Typography>
      {children}
    </div>
  );
}
