import { expect, test } from "vitest";
import { differencesOf } from "./differences.ts";

test.each([
  ["equal values", { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
  [
    "a changed field of a named element",
    { containers: [{ name: "web", image: "a" }] },
    { containers: [{ name: "web", image: "b" }] },
    [{ path: "containers[web].image", from: "a", to: "b" }],
  ],
  [
    "named elements in another order",
    { env: [{ name: "A" }, { name: "B" }] },
    { env: [{ name: "B" }, { name: "A" }] },
    [],
  ],
  ["an added field", {}, { health: { minutes: 3 } }, [{ path: "health", to: { minutes: 3 } }]],
  ["a removed element", [1, 2], [1], [{ path: "[1]", from: 2 }]],
  ["a list in place of an object", { a: {} }, { a: [] }, [{ path: "a", from: {}, to: [] }]],
  [
    "a name with special characters",
    { "acme/shop": 1 },
    { "acme/shop": 2 },
    [{ path: '["acme/shop"]', from: 1, to: 2 }],
  ],
])("compares %s", (_, from, to, expected) => {
  expect(differencesOf(from, to)).toEqual(expected);
});
