/** One step of the store's schema; `version` is the number it leaves in `user_version`. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}
