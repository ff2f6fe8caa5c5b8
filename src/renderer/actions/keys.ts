import { sayError } from '../state/messages.ts';
import { actions } from './actions.ts';
import { type Action, actionForKey } from './registry.ts';

/** Runs an action; a failure is shown, never swallowed. */
export function runAction(action: Action): void {
  try {
    Promise.resolve(action.run()).catch(sayError);
  } catch (error) {
    sayError(error);
  }
}

/** Listens for the shortcuts of all actions. Text fields outside the document keep their own undo. */
export function listenToKeys(): void {
  window.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const typing = isTyping(event.target);
    const reachable = actions.filter(({ within }) => within === undefined || isWithin(event.target, within));
    const action = actionForKey(reachable, event, typing);
    if (action === null) return;
    if (
      typing &&
      (action.name === 'design.undo' || action.name === 'design.redo') &&
      !isDocumentField(event.target)
    )
      return;
    event.preventDefault();
    runAction(action);
  });
}

function isWithin(target: EventTarget | null, selector: string): boolean {
  return target === document.body || (target instanceof Element && target.closest(selector) !== null);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  )
    return true;
  return (
    target instanceof HTMLInputElement && !['checkbox', 'radio', 'range', 'button'].includes(target.type)
  );
}

/** Fields of the architecture document share its undo history; every other field has the browser's own. */
function isDocumentField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('[data-document]') !== null;
}
