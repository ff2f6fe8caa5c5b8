/** What an empty dot of the plane offers: its layout on the canvas, or a run of it in the queue. */
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import type { Layout } from '../../../../shared/architecture/edits.ts';

export interface Asked {
  readonly layout: Layout;
  readonly name: string;
  readonly dot: Element;
}

interface Props {
  readonly asked: Asked | null;
  readonly close: () => void;
  readonly set: (layout: Layout) => void;
  readonly queue: (layout: Layout) => void;
}

export function DotMenu({ asked, close, set, queue }: Props) {
  const choose = (act: (layout: Layout) => void) => {
    close();
    if (asked !== null) act(asked.layout);
  };
  return (
    <Menu
      open={asked !== null}
      anchorEl={asked?.dot ?? null}
      onClose={close}
      transitionDuration={0}
      slotProps={{
        paper: { role: 'dialog', 'aria-label': `Layout ${asked?.name ?? ''}` },
        list: { 'aria-label': `Layout ${asked?.name ?? ''}`, dense: true },
      }}
    >
      <MenuItem onClick={() => choose(set)}>Set layout</MenuItem>
      <MenuItem onClick={() => choose(queue)}>Queue a run</MenuItem>
    </Menu>
  );
}
