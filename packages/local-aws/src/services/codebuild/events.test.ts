import { expect, it } from "vitest";
import { formatTime } from "./events.ts";

it.each([
  ["2017-09-01T16:14:26.999Z", "Sep 1, 2017 4:14:26 PM"],
  ["2020-04-23T00:59:22Z", "Apr 23, 2020 12:59:22 AM"],
  ["2026-12-31T12:00:00Z", "Dec 31, 2026 12:00:00 PM"],
  ["2026-01-05T09:05:07Z", "Jan 5, 2026 9:05:07 AM"],
])("writes %s as %s", (time, text) => {
  expect(formatTime(Date.parse(time))).toBe(text);
});
