import * as fc from "fast-check";
import { expect, test } from "vitest";
import { clientTokenOf, startedByOf } from "./task-names.ts";

const key = { repository: "acme/shop", environment: "staging", startedAt: "2026-11-20T10:00:00.000Z", id: "release-1" };

test("a task is started by its release, in the signs that ECS takes", () => {
  expect(startedByOf({ id: "shop-staging-0a1b" })).toBe("shop-staging-0a1b");
  expect(startedByOf({ id: "by hand: 1.0" })).toBe("by-hand--1-0");
  fc.assert(
    fc.property(fc.string(), (id) => {
      expect(startedByOf({ id })).toMatch(/^[A-Za-z0-9\-/_]{0,128}$/);
    }),
  );
});

test("every run has a token of its own, and always the same one", () => {
  const token = clientTokenOf(key, "migrate", { run: 1 });
  expect(token).toMatch(/^[\x21-\x7e]{1,64}$/);
  expect(clientTokenOf({ ...key }, "migrate", { run: 1 })).toBe(token);
  const others = [
    clientTokenOf(key, "migrate", { run: 2 }),
    clientTokenOf(key, "test", { run: 1 }),
    clientTokenOf({ ...key, environment: "production" }, "migrate", { run: 1 }),
  ];
  expect(new Set([token, ...others]).size).toBe(4);
});
