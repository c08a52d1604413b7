/** Whether a value is an object as JSON knows it: no array, no null, no Date, no bytes. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  return !Array.isArray(value) && !(value instanceof Date) && !(value instanceof Uint8Array);
}
