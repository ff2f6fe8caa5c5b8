/**
 * The globals that the page and Node both have and src/shared may use. tsconfig.shared.json checks src/shared with these
 * alone, so that anything of only one side (`document`, `Buffer`) fails.
 */
interface AbortSignal {
  readonly aborted: boolean;
}
