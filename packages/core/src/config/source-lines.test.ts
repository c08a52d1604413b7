import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatPath } from "../lib/parse.ts";
import { sourceLines } from "./source-lines.ts";

const source = `import { defineConfiguration } from "@lockmaster/core/config/define.ts";
import type { Configuration } from "./types.ts"; // repositories: none
const common = { account: { role: "arn:aws:iam::1:role/a" }, cluster: "shop" };
const region: string = "eu-west-1";
/* repositories: {
  "acme/shop": */
const production = {
  ...common,
  on: { tag: "v*" },
  services: {
    web: { service: "web", containers: { ["side:car"]: "proxy", web: \`front\${region}end\` } },
  },
} as const;

export default defineConfiguration({
  "installation": { name: 'a"b', alarms },
  repositories: {
    'acme/shop': {
      images: { frontend: { paths: ["a/**", "!a/b"], platform: region.length > 3 ? "x" : "y" } },
      environments: {
        staging: { ...common, cluster: "other" },
        production,
        live: production,
      },
    },
  },
} satisfies Configuration);
`;
const lineOf = sourceLines(source);
const shop = 'repositories["acme/shop"]';

describe("sourceLines", () => {
  test.each<[string, number | undefined]>([
    ["repositories", 17],
    [shop, 18],
    [`${shop}.images.frontend.paths[1]`, 19],
    [`${shop}.images.frontend.platform`, 19],
    [`${shop}.environments.staging.cluster`, 21],
    [`${shop}.environments.staging.account.role`, 3],
    [`${shop}.environments.staging.on`, 21],
    [`${shop}.environments.production.on.tag`, 9],
    [`${shop}.environments.production.services.web.containers["side:car"]`, 11],
    [`${shop}.environments.live.cluster`, 3],
    [`${shop}.environments.live.services.web.service`, 11],
    ["installation.alarms", 16],
    ["unknown", undefined],
    ["", undefined],
  ])("%s is written in line %s", (path, line) => {
    expect(lineOf(path)).toBe(line);
  });

  test("finds nothing in a file without a default export", () => {
    expect(sourceLines("module.exports = { repositories: {} };")("repositories")).toBeUndefined();
  });

  test.each(["export default {", "export default { a: [ }", "export default ]", "export default {{{{", ""])(
    "a broken file has no line, and no error: %j",
    (broken) => {
      expect(sourceLines(broken)("b")).toBeUndefined();
    },
  );

  test("reads the shipped example", () => {
    const url = new URL("../../../../examples/shop/lockmaster.config.ts", import.meta.url);
    const text = readFileSync(url, "utf8");
    const line = sourceLines(text)(`${shop}.environments.staging.services`) ?? 0;
    expect(text.split("\n")[line - 1]).toContain("services");
  });

  test("finds every field of any object that is written as JSON", () => {
    const value = fc.object({ key: fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 6 }), maxDepth: 3 });
    const isPlainKey = (key: string) => !/["\\]/.test(key);
    fc.assert(
      fc.property(value, (written) => {
        const json = JSON.stringify(written, undefined, 2) ?? "{}";
        const lines = json.split("\n");
        const find = sourceLines(`export default ${json};`);
        for (const key of Object.keys(JSON.parse(json)).filter(isPlainKey)) {
          const line = lines.findIndex((each) => each.startsWith(`  ${JSON.stringify(key)}:`)) + 1;
          expect(find(formatPath([key]))).toBe(line);
        }
      }),
    );
  });

  test("any text at all is read in time", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("{", "}", "[", "]", "(", ")", ",", ":", "a", '"', "`", " ", "\n") }),
        (text) => {
          expect(() => sourceLines(`export default ${text}`)("a.b")).not.toThrow();
        },
      ),
    );
  });
});
