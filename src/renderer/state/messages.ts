/** What the status bar says last, and the toasts that ask for attention or offer a way back. */
import { create } from 'zustand';
import { type ErrorShape, toErrorShape } from '../../shared/errors.ts';

export type Severity = 'info' | 'success' | 'warning' | 'error';

export interface Message {
  readonly id: number;
  readonly text: string;
  readonly hint?: string;
  readonly severity: Severity;
  readonly action?: { readonly label: string; readonly run: () => void };
}

interface Messages {
  readonly last: Message | null;
  readonly toasts: readonly Message[];
}

export const useMessages = create<Messages>()(() => ({ last: null, toasts: [] }));

let counter = 0;

/** Puts a message into the status bar; a warning, an error or one with an action is also a toast. */
export function say(
  text: string,
  options: { severity?: Severity; hint?: string; action?: Message['action'] } = {},
): number {
  counter++;
  const message: Message = {
    id: counter,
    text,
    severity: options.severity ?? 'info',
    ...(options.hint === undefined ? {} : { hint: options.hint }),
    ...(options.action === undefined ? {} : { action: options.action }),
  };
  const isToast =
    message.severity === 'error' || message.severity === 'warning' || message.action !== undefined;
  useMessages.setState((state) => ({
    last: message,
    toasts: isToast ? [...state.toasts, message].slice(-3) : state.toasts,
  }));
  return message.id;
}

export function sayError(error: unknown): void {
  const shape: ErrorShape = toErrorShape(error);
  if (shape.code === 'cancelled') return;
  say(shape.message, { severity: 'error', ...(shape.hint === undefined ? {} : { hint: shape.hint }) });
}

export function dismiss(id: number): void {
  useMessages.setState((state) => ({ toasts: state.toasts.filter((message) => message.id !== id) }));
}
