/** A dependency of plotly.js looks for Node's name of the global object. Imported before it. */
(globalThis as { global?: unknown }).global ??= globalThis;
