/** ISO 8601 with an offset, as Java's `ISO_OFFSET_DATE_TIME` accepts it. */
const TIMESTAMP = /^(\d{4}-\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]\d\d:[0-5]\d)$/;

/** Milliseconds since the epoch; undefined for an invalid timestamp. */
export function parseTimestamp(text: string): number | undefined {
  const [, month = "", day = ""] = TIMESTAMP.exec(text) ?? [];
  // JavaScript parses February 30 as March 1 or 2.
  const midnight = new Date(`${month}-${day}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || midnight.getUTCDate() !== Number(day)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
