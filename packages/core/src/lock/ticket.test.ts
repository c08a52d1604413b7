import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Ticket } from "../ledger/lock-record.ts";
import { newLock } from "./hold-lock.ts";
import { isLater, newestOf, supersededBy, takeTicket } from "./ticket.ts";

const at = (seconds: number): string => new Date(Date.parse("2026-11-20T10:00:00.000Z") + seconds * 1000).toISOString();

/** The ticket of an execution that starts at a time and claims another one; both in seconds. */
function ticket(release: string, startsAt: number, claims: number, change: Partial<Ticket> = {}): Ticket {
  return { release, executionArn: `arn:${release}`, startedAt: at(startsAt), requestedAt: at(claims), ...change };
}

const years = 200 * 365 * 24 * 3600;
const someRequest = fc.record({
  startsAt: fc.integer({ min: 0, max: 7200 }),
  claims: fc.integer({ min: -7200, max: years }),
});

test("whatever an earlier execution claims, one that starts more than a minute later and claims the present is newer", () => {
  fc.assert(
    fc.property(someRequest, fc.integer({ min: 61, max: 7200 }), ({ startsAt, claims }, later) => {
      const first = ticket("first", startsAt, claims);
      const second = ticket("second", startsAt + later, startsAt + later);
      expect(isLater(second, first)).toBe(true);
      expect(supersededBy({ ...newLock("acme/shop", "staging"), newest: first }, second)).toBeUndefined();
    }),
  );
});

test("a delivery that comes late keeps the order of the pushes", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7200 }), fc.integer({ min: 0, max: 7200 }), (apart, late) => {
      const older = ticket("older", apart + late, 0);
      const newer = ticket("newer", apart, apart);
      expect(isLater(newer, older)).toBe(true);
      expect(takeTicket({ ...newLock("acme/shop", "staging"), newest: newer }, older)).toBeUndefined();
    }),
  );
});

test("clocks that differ by up to a minute keep the order of the pushes", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 59 }), fc.integer({ min: 1, max: 600 }), (ahead, apart) => {
      const [older, newer] = [ticket("older", 0, ahead), ticket("newer", apart, apart + ahead)];
      expect(isLater(newer, older)).toBe(true);
    }),
  );
});

test("tickets have one order: of any three, in any sequence, the same one is the newest", () => {
  const someTickets = fc.array(someRequest, { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(someTickets, (given) => {
      const [a, b, c] = given.map(({ startsAt, claims }, index) => ticket(`release-${index}`, startsAt, claims));
      expect(newestOf(c, b, a)).toEqual(newestOf(a, b, c));
      expect(newestOf(b, a, c)).toEqual(newestOf(a, b, c));
    }),
  );
});

test("of two pushes in one second the one that found the branch at the other's commit is newer, whichever comes first", () => {
  const [first, second] = ["a".repeat(40), "b".repeat(40)];
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 0, max: 600 }), (olderStarts, newerStarts) => {
      const older = ticket("z-older", olderStarts, 0, { sha: first, before: "0".repeat(40) });
      const newer = ticket("a-newer", newerStarts, 0, { sha: second, before: first });
      expect([isLater(newer, older), isLater(older, newer)]).toEqual([true, false]);
    }),
  );
});

test.each([
  ["neither names the other's commit", {}, {}],
  ["each found the branch at the other's commit", { before: "b" }, { before: "a" }],
])("of two pushes in one second the start decides when %s", (_, one, other) => {
  const [first, second] = [ticket("one", 1, 0, { sha: "a", ...one }), ticket("other", 2, 0, { sha: "b", ...other })];
  expect([isLater(second, first), isLater(first, second)]).toEqual([true, false]);
});

test("what a push found does not count against a push of another second", () => {
  const reverted = ticket("reverted", 60, 60, { sha: "a", before: "c" });
  const other = ticket("other", 30, 30, { sha: "b", before: "a" });
  expect(isLater(reverted, other)).toBe(true);
});
