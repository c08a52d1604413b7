import type { Waiver } from "../config/gates.ts";
import type { StoredWaiver } from "../ledger/waiver-record.ts";

const dayMs = 24 * 3600 * 1000;

/** Waivers in force today for one image of one environment. */
export function waiversInForce(
  { configured, stored }: { configured: readonly Waiver[]; stored: readonly StoredWaiver[] },
  { image, environment }: { image: string; environment: string },
  now: Date,
): Waiver[] {
  const added = stored.filter(
    ({ environments, revokedAt }) => revokedAt === undefined && (environments?.includes(environment) ?? true),
  );
  return [...configured, ...added].filter(
    (waiver) => (waiver.images?.includes(image) ?? true) && daysLeft(waiver, now) >= 0,
  );
}

/** The waiver that applies to a finding: of several the one that expires last. Ids are compared exactly. */
export function waiverOf(id: string, waivers: readonly Waiver[]): Waiver | undefined {
  return waivers
    .filter((waiver) => waiver.id === id)
    .toSorted((one, other) => other.until.localeCompare(one.until))
    .at(0);
}

/** Days from today until the waiver's last day, in UTC: 0 on the last day, negative afterwards. */
export function daysLeft({ until }: Pick<Waiver, "until">, now: Date): number {
  return Math.floor((Date.parse(until) - Math.floor(now.getTime() / dayMs) * dayMs) / dayMs);
}
