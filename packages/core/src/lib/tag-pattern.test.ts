import { expect, test } from "vitest";
import { matchesTag } from "./tag-pattern.ts";

test.each([
  ["v*", "v1.0.0", true],
  ["v*", "v", true],
  ["v*", "w1", false],
  ["v*", "av1", false],
  ["v*", "v1/rc", false],
  ["v1.*", "v1.2", true],
  ["v1.*", "v12", false],
  ["shop/*-v**", "shop/web-v1", true],
  ["shop/*-v**", "shop/a/web-v1", false],
  ["release(1)+{2}|$", "release(1)+{2}|$", true],
  ["v*\u{1F4E6}", "v1\u{1F4E6}", true],
])("%s on %s: %s", (pattern, tag, expected) => {
  expect(matchesTag(pattern, tag)).toBe(expected);
});
