import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Difference } from "./ports.ts";
import { affectedImages } from "./affected-images.ts";

const [first, second] = ["1".repeat(40), "2".repeat(40)];
const images = {
  frontend: { paths: ["frontend/**"], base: { commit: first } },
  backend: { paths: ["backend/**", "shared/**"], base: { commit: second } },
};

const affected = (differences: Readonly<Record<string, Difference>>) =>
  Object.fromEntries(affectedImages(images, new Map(Object.entries(differences))));

describe("an image is affected", () => {
  test("by a file of its own since its own base", () => {
    const files = ["docs/a.md", "frontend/a.ts"];
    expect(affected({ [first]: { files }, [second]: { files } })).toEqual({
      frontend: "frontend/a.ts changed since 1111111",
    });
  });

  test("by nothing that changed before its base", () => {
    expect(affected({ [first]: { files: ["shared/a.ts"] }, [second]: { files: [] } })).toEqual({});
  });

  test("when its changes are unknown, and no other image with it", () => {
    expect(affected({ [first]: { files: [] }, [second]: { unknown: "GitHub answered 500" } })).toEqual({
      backend: "what changed since 2222222 is unknown: GitHub answered 500",
    });
    expect(affected({ [first]: { files: [] } })).toHaveProperty("backend");
  });

  test("when the commit that it was built from is unknown", () => {
    const unknown = { paths: ["a/**"], base: { unknown: "no release yet" } };
    expect(affectedImages({ unknown }, new Map())).toEqual(new Map([["unknown", "no release yet"]]));
  });
});

const path = fc.stringMatching(/^(frontend|backend|shared|docs|\.github)(\/[a-z.]{1,4}){1,3}$/);

test("one more file never makes an image unaffected", () => {
  fc.assert(
    fc.property(fc.array(path, { maxLength: 8 }), path, fc.nat(8), (files, more, at) => {
      const [before, after] = [files, files.toSpliced(at, 0, more)].map((all) =>
        affected({ [first]: { files: all }, [second]: { files: all } }),
      );
      expect(Object.keys(after ?? {})).toEqual(expect.arrayContaining(Object.keys(before ?? {})));
    }),
  );
});

test("knowing less never makes an image unaffected", () => {
  fc.assert(
    fc.property(fc.array(path, { maxLength: 8 }), fc.constantFrom(first, second), (files, lost) => {
      const known = { [first]: { files }, [second]: { files } };
      const less = affected({ ...known, [lost]: { unknown: "lost" } });
      expect(Object.keys(less)).toEqual(expect.arrayContaining(Object.keys(affected(known))));
    }),
  );
});
