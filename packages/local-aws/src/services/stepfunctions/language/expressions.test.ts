import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../clock/virtual-clock.ts";
import { createExpressions, NotJson, toJson } from "./expressions.ts";

const clock = virtualClock({ start: Date.parse("2026-02-03T04:05:06.007Z") });
const expressions = createExpressions({ clock, random: () => 0.25 });

const evaluate = async (source: string): Promise<unknown> => toJson(await expressions.parse(source).evaluate({}));

describe("the functions that Step Functions adds to JSONata", () => {
  it.each([
    ["$partition([1,2,3,4,5], 2)", [[1, 2], [3, 4], [5]]],
    ["$partition([], 2)", []],
    ["$range(0, 9, 3)", [0, 3, 6, 9]],
    ["$range(5, 1, -2)", [5, 3, 1]],
    ["$range(1, 0, 1)", []],
    ["$hash('abc', 'MD5')", "900150983cd24fb0d6963f7d28e17f72"],
    ["$hash('abc', 'SHA-1')", "a9993e364706816aba3e25717850c26c9cd0d89d"],
    ["$parse('{\"a\":[1]}')", { a: [1] }],
    ["$random()", 0.25],
    ["$random(7) = $random(7)", true],
    ["$random(7) = $random(8)", false],
    ["$match($uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/).match.$length()", 36],
    ["$now()", "2026-02-03T04:05:06.007Z"],
    ["$now('[Y]-[M01]')", "2026-02"],
    ["$millis()", clock.now()],
    ["$sort($shuffle([1,2,3]))", [1, 2, 3]],
  ])("%s", async (source, expected) => {
    expect(await evaluate(source)).toEqual(expected);
  });

  it.each([
    ["$partition([1], 0)", "chunk size"],
    ["$range(0, 1, 0)", "step"],
    ["$range(0, 5000, 1)", "1000"],
    ["$hash('a', 'CRC')", "CRC"],
    ["$eval('1')", "non-function"],
  ])("%s is an error about %s", async (source, message) => {
    await expect(evaluate(source)).rejects.toMatchObject({ message: expect.stringContaining(message) });
  });
});

describe("results", () => {
  it("are plain JSON: arrays have no properties of JSONata's sequences", async () => {
    const result = await evaluate("[1, 2, 3][$ > 1]");
    expect(Reflect.ownKeys(Object(result))).toEqual(["0", "1", "length"]);
  });

  it("cannot be functions", async () => {
    await expect(evaluate("$sum")).rejects.toThrow(NotJson);
    await expect(evaluate("{ 'f': function($x) { $x } }")).rejects.toThrow(NotJson);
  });
});

it("the same expression of two local AWSs, evaluated at once, has the time and random numbers of each", async () => {
  const source = "[$millis(), $random(), $now('[Y]'), $random()]";
  const years = [2030, 2040];
  const results = years.map(async (year) => {
    let numbers = 0;
    const random = () => (numbers += year);
    const own = createExpressions({ clock: virtualClock({ start: Date.UTC(year, 0) }), random });
    return toJson(await own.parse(source).evaluate({}));
  });
  expect(await Promise.all(results)).toEqual(years.map((year) => [Date.UTC(year, 0), year, String(year), 2 * year]));
});
