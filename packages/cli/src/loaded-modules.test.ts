import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/** Builds every command in a process of its own, and prints the URLs of all modules that this loads. */
const script = `
  import { registerHooks } from "node:module";
  const loaded = [];
  registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
  const { lockmasterProgram } = await import("./program.ts");
  lockmasterProgram().helpInformation();
  console.log(JSON.stringify(loaded));
`;

test("the program loads neither the local AWS nor the rehearsal, save the payloads that `send` posts", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: import.meta.dirname,
  });
  const loaded: string[] = JSON.parse(stdout);
  const folders = loaded.flatMap((url) => /\/packages\/([\w-]+\/src\/[\w-]+)/.exec(url)?.[1] ?? []);
  expect(folders).toContain("cli/src/local");
  expect([...new Set(folders)].filter((folder) => /^(?:local-aws|rehearsal)\//.test(folder))).toEqual([
    "rehearsal/src/deliveries",
  ]);
});
