/** Longest message either way, in UTF-16 code units of its JSON text (WebSocket) or of its longest strings. */
export const maximumMessageLength = 64 * 1024 * 1024;
