import { describe, expect, test } from "vitest";
import { parseTimestamp } from "./timestamp.ts";

describe("the timestamp of a Wait", () => {
  test.each([
    ["2016-03-14T01:59:00Z", "2016-03-14T01:59:00.000Z"],
    ["2016-03-14T01:59Z", "2016-03-14T01:59:00.000Z"],
    ["2016-03-14T01:59:00.123Z", "2016-03-14T01:59:00.123Z"],
    ["2016-03-14T01:59:00.123456789Z", "2016-03-14T01:59:00.123Z"],
    ["2016-03-14T01:59:00+05:30", "2016-03-13T20:29:00.000Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
  ])("is parsed from %s", (text, expected) => {
    expect(new Date(parseTimestamp(text) ?? Number.NaN).toISOString()).toBe(expected);
  });

  test.each([
    ["without an offset", "2016-12-05T21:29:29"],
    ["without a T", "2016-12-05 21:29:29Z"],
    ["without a time", "2016-12-05Z"],
    ["in another order", "05-12-2016T21:29:29Z"],
    ["of a day that does not exist", "2016-02-30T00:00:00Z"],
    ["of a month that does not exist", "2016-13-01T00:00:00Z"],
    ["of an hour that does not exist", "2016-12-05T25:00:00Z"],
    ["of midnight as the 24th hour", "2016-12-05T24:00:00Z"],
    ["of a second that does not exist", "2016-12-05T21:29:60Z"],
    ["with ten fractional digits", "2016-12-05T21:29:29.1234567890Z"],
    ["without text", ""],
  ])("is refused %s", (_, text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });
});
