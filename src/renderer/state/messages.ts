/** What the status bar says last, the toasts that ask for attention or offer a way back, and the log of all of them. */
import { create } from 'zustand';
import { type ErrorShape, toErrorShape } from '../../shared/errors.ts';

export type Severity = 'info' | 'success' | 'warning' | 'error';

export interface Message {
  readonly id: number;
  readonly text: string;
  readonly hint?: string;
  readonly severity: Severity;
  readonly action?: { readonly label: string; readonly run: () => void };
  /** The run it is about. */
  readonly run?: string;
  /** A newer message about the same thing takes its place among the toasts. */
  readonly about?: string;
  readonly time: number; // ms since 1970
}

export interface SayOptions {
  readonly severity?: Severity;
  readonly hint?: string;
  readonly action?: Message['action'];
  readonly run?: string;
  readonly about?: string;
  /** No toast, whatever it is: the user is looking at what it says. */
  readonly quiet?: boolean;
}

interface Messages {
  readonly last: Message | null;
  readonly toasts: readonly Message[];
  /** Oldest first. */
  readonly log: readonly Message[];
}

const longestLog = 200;

export const useMessages = create<Messages>()(() => ({ last: null, toasts: [], log: [] }));

let counter = 0;

/** Puts a message into the status bar; a warning, an error or one with an action or a run is also a toast. */
export function say(text: string, options: SayOptions = {}): number {
  counter++;
  const { quiet = false, ...rest } = options;
  const message: Message = { severity: 'info', ...rest, id: counter, text, time: Date.now() };
  const isToast =
    !quiet &&
    (message.severity === 'error' ||
      message.severity === 'warning' ||
      message.action !== undefined ||
      message.run !== undefined);
  const stays = (other: Message) => message.about === undefined || other.about !== message.about;
  useMessages.setState((state) => ({
    last: message,
    toasts: isToast ? [...state.toasts.filter(stays), message].slice(-3) : state.toasts,
    log: [...state.log, message].slice(-longestLog),
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
