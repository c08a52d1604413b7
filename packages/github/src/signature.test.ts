import { createHmac } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeUtf8, isSignedWith, isWellFormed } from "./signature.ts";

const secret = "It's a Secret to Everybody";

describe("isSignedWith", () => {
  test("agrees with the example that GitHub publishes", async () => {
    const signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    expect(await isSignedWith(secret, "Hello, World!", signature)).toBe(true);
    expect(await isSignedWith(secret, "Hello, World?", signature)).toBe(false);
    expect(await isSignedWith("another secret", "Hello, World!", signature)).toBe(false);
  });

  test("rejects a signature by an empty secret", async () => {
    const forged = `sha256=${createHmac("sha256", "").update("{}").digest("hex")}`;
    expect(await isSignedWith("", "{}", forged)).toBe(false);
  });
});

describe("isWellFormed", () => {
  const digits = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  test.each([
    ["", false],
    [digits, false],
    [`sha1=${digits.slice(0, 40)}`, false],
    [`sha256=${digits.slice(1)}`, false],
    [`sha256=${digits}0`, false],
    [`sha256=${digits.toUpperCase()}`, false],
    [`sha256=${digits}\n`, false],
    [`sha256=${digits}`, true],
  ])("of %j is %s", (signature, expected) => {
    expect(isWellFormed(signature)).toBe(expected);
  });
});

describe("decodeUtf8", () => {
  test("loses nothing: its text has the same bytes, or there is none", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const text = decodeUtf8(bytes);
        expect(text === undefined || Buffer.from(text, "utf8").equals(bytes)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ["a byte order mark", [0xef, 0xbb, 0xbf, 0x7b], "\ufeff{"],
    ["a byte that begins nothing", [0xff], undefined],
    ["a cut-off character", [0xc3], undefined],
    ["a surrogate", [0xed, 0xa0, 0x80], undefined],
  ])("of %s", (_, bytes, expected) => {
    expect(decodeUtf8(Uint8Array.from(bytes))).toBe(expected);
  });
});
