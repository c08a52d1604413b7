/** Converts milliseconds since the epoch to the SDK's type. */
export function date(at: number): Date;
export function date(at: number | undefined): Date | undefined;
export function date(at: number | undefined): Date | undefined {
  return at === undefined ? undefined : new Date(at);
}
