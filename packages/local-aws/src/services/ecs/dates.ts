/** Milliseconds since the epoch, as the SDK's types want them. */
export function date(at: number): Date;
export function date(at: number | undefined): Date | undefined;
export function date(at: number | undefined): Date | undefined {
  return at === undefined ? undefined : new Date(at);
}
