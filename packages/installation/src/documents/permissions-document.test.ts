import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { permissionsDocument } from "./permissions-document.ts";

test("docs/permissions.md says what is allowed", () => {
  const written = readFileSync(join(import.meta.dirname, "../../../../docs/permissions.md"), "utf8");
  expect(written, "write it anew: node scripts/start.mjs scripts/generate-permissions.ts").toBe(permissionsDocument());
});
