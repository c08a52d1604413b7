import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeEvaluation } from "./evaluation-errors.ts";
import { demonstrationFile, readConfigurationFile } from "./configuration-file.ts";

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "lockmaster-configuration-")));
});
afterAll(() => rm(folder, { recursive: true }));

let count = 0;
async function messageOf(source: string, now?: Date): Promise<string> {
  count += 1;
  const file = join(folder, `config-${count}.ts`);
  await writeFile(file, source);
  return await readConfigurationFile(file, now).then(
    () => "valid",
    (error: unknown) =>
      error instanceof Error ? `${error.name}: ${error.message}`.replaceAll(file, "FILE") : "no error",
  );
}

const valid = (waivers = "", extra = "") => `const image = { context: ".", repository: "shop/api", paths: ["**"] };
export default {
  repositories: {
    "acme/shop": {
      images: { api: image },
      environments: {
        staging: {
          on: { branch: "main" },
          cluster: "shop",${extra}
          services: { api: { service: "api", containers: { api: "api" } } },
          gates: {
            scan: {
              waivers: [${waivers}],
            },
          },
        },
      },
    },
  },
};
`;

describe("readConfigurationFile", () => {
  test("reads the demonstration", async () => {
    expect(Object.keys((await readConfigurationFile(demonstrationFile)).repositories)).toEqual(["acme/shop"]);
  });

  test("reports all problems at once, each with its path and line", async () => {
    const source = valid()
      .replace('"shop/api"', '"111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/api:1"')
      .replace('cluster: "shop"', 'clustr: "shop"')
      .replace('service: "api"', 'service: "a b"');

    expect((await messageOf(source)).split("\n").slice(1)).toEqual([
      expect.stringMatching(/^ {2}line 1: repositories\["acme\/shop"\]\.images\.api\.repository: .*write "shop\/api"$/),
      expect.stringMatching(/^ {2}line 7: repositories\["acme\/shop"\]\.environments\.staging\.cluster: is missing/),
      expect.stringMatching(/^ {2}line 10: .*services\.api\.service: "a b" is not an ECS name/),
      expect.stringMatching(/^ {2}line 9: .*clustr: is not a field here; did you mean cluster/),
    ]);
  });

  test("refuses a waiver from the day after its last one", async () => {
    const waiver = '{ id: "CVE-2026-1", owner: "platform", reason: "not reachable", until: "2026-12-31" }';
    expect(await messageOf(valid(waiver), new Date("2026-12-31T23:59:59Z"))).toBe("valid");
    expect(await messageOf(valid(waiver), new Date("2027-01-01T00:00:00Z"))).toContain(
      'line 13: repositories["acme/shop"].environments.staging.gates.scan.waivers[0].until: "2026-12-31" is over, so CVE-2026-1',
    );
  });

  test("says that a file exports nothing", async () => {
    expect(await messageOf("export const configuration = {};")).toContain("exports no configuration: write it after");
  });
});

describe("a file that cannot be evaluated", () => {
  test("throws: the first frame of the author's", async () => {
    const source = `function required(name: string): string {
  throw new Error(\`set \${name}\`);
}
export default { repositories: required("SHOP") };
`;
    expect(await messageOf(source)).toMatch(
      /^InvalidInputError: .*\n {2}FILE:2:\d+: the configuration throws Error: set SHOP$/,
    );
  });

  test.each<[string, unknown, string]>([
    ["a text that is thrown", "no region", 'FILE throws "no region", which is not an Error'],
    [
      "a syntax error",
      Object.assign(new SyntaxError("Expected ','"), {
        stack: "/shop/lockmaster.config.ts:3\n  a: 1\n     ^\n\nSyntaxError: x",
      }),
      "/shop/lockmaster.config.ts:3: Expected ',': correct the syntax",
    ],
    [
      "a syntax error of a module",
      Object.assign(new SyntaxError("no export named 'nope'"), {
        stack:
          "file:///shop/imp%20ort.ts:1\nimport { nope }\n   ^\nSyntaxError: x\n    at #asyncInstantiate (node:internal/modules/esm/module_job:455:21)",
      }),
      "/shop/imp ort.ts:1: no export named 'nope': correct the syntax",
    ],
    [
      "a missing file",
      new Error("Cannot find module '/shop/nope.ts' imported from /shop/lockmaster.config.ts"),
      "/shop/lockmaster.config.ts imports /shop/nope.ts, which does not exist",
    ],
    [
      "an error in a package that the file calls",
      Object.assign(new TypeError("no array"), {
        stack:
          "TypeError: no array\n    at JSON.parse (<anonymous>)\n    at parse (file:///shop/node_modules/yaml/index.js:3:1)\n    at file:///shop/images.ts:7:16\n    at file:///shop/lockmaster.config.ts:1:1",
      }),
      "/shop/images.ts:7:16: the configuration throws TypeError: no array",
    ],
  ])("%s", (_, error, expected) => {
    expect(describeEvaluation("FILE", error)).toContain(expected);
  });
});
