/** A dependency of plotly.js looks for Node's name of the global object. Imported before it. */
declare const globalThis: { global?: unknown };

globalThis.global ??= globalThis;

export {};
