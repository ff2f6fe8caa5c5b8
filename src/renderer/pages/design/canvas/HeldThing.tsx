/** What is held, at the pointer, with what letting go would do or why it cannot be let go there. */
import Block from '@mui/icons-material/Block';
import { createPortal } from 'react-dom';
import { dropOn, thingLabel } from '../../../logic/canvasDrop.ts';
import { useCanvas } from '../../../state/canvas.ts';
import { currentDocument } from '../../../state/design.ts';

export function HeldThing() {
  const held = useCanvas((canvas) => canvas.held);
  if (held === null) return null;
  const { thing, place, x, y } = held;
  const drop = dropOn(currentDocument(), thing, place);
  return createPortal(
    <div
      className={drop.allowed ? 'held' : 'held held-refused'}
      style={{ transform: `translate(${x + 14}px, ${y + 10}px)` }}
      role="status"
      data-kind={
        thing.part === 'ffn' || thing.part === 'position' || thing.part === 'sharing' ? thing.kind : undefined
      }
    >
      <b>{thingLabel(thing)}</b>
      <span>
        {!drop.allowed && <Block />}
        {drop.allowed ? drop.label : drop.why}
      </span>
    </div>,
    document.body,
  );
}
