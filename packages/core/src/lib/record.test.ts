import * as fc from "fast-check";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { record } from "./record.ts";

const names = record(v.pipe(v.string(), v.maxLength(11)), v.object({ size: v.number() }));
const special = ["constructor", "prototype", "__proto__", "toString", "web"];

describe("record", () => {
  test("keeps every key, whatever it is called", () => {
    const input = Object.fromEntries(special.map((name, size) => [name, { size }]));

    const output = v.parse(names, input);

    expect(Object.entries(output)).toEqual(special.map((name, size) => [name, { size }]));
    expect(Object.getPrototypeOf(output)).toBe(Object.prototype);
  });

  test.each(special)("finds a problem of a value called %s, with its path", (name) => {
    const { issues = [] } = v.safeParse(names, Object.fromEntries([[name, { size: "1" }]]));

    expect(issues.map((issue) => v.getDotPath(issue))).toEqual([`${name}.size`]);
  });

  test("finds a problem of a key, and of what is no object", () => {
    expect(v.safeParse(names, { "much-too-long": { size: 1 } }).issues).toMatchObject([
      { type: "max_length", path: [{ key: "much-too-long", origin: "key" }] },
    ]);
    expect(v.safeParse(names, "web").issues).toMatchObject([{ type: "record" }]);
    expect(v.safeParse(names, null).success).toBe(false);
  });

  test("reads what valibot's own record reads, and finds what that finds", () => {
    const value = fc.oneof(fc.record({ size: fc.integer() }), fc.anything());
    const own = v.record(v.pipe(v.string(), v.maxLength(11)), v.object({ size: v.number() }));
    const dropped = new Set(["constructor", "prototype", "__proto__"]);
    const name = fc.string({ maxLength: 13 }).filter((one) => !dropped.has(one));
    fc.assert(
      fc.property(fc.dictionary(name, value), (input) => {
        const expected = v.safeParse(own, input);
        const result = v.safeParse(names, input);
        expect(result.output).toEqual(expected.output);
        expect(result.issues?.map(({ message, path }) => [message, path?.map(({ key }) => key)])).toEqual(
          expected.issues?.map(({ message, path }) => [message, path?.map(({ key }) => key)]),
        );
      }),
    );
  });
});
