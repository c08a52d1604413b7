/** docs/local-aws.md lists the operations of each service, and the request members that each of them refuses. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { virtualClock } from "./clock/virtual-clock.ts";
import { operationShape } from "./protocol/schemas.ts";
import { type LocalService, operationNames } from "./protocol/service.ts";
import { implementedMembers, membersOf } from "./services/dynamodb/members.ts";
import { startLocalAws } from "./start-local-aws.ts";

type Documented = Record<string, Record<string, readonly string[]>>;

const page = readFileSync(join(import.meta.dirname, "../../../docs/local-aws.md"), "utf8");

/** Services by the name in their headings, with the rows of their tables. */
function documented(): Documented {
  const sections = page.split(/^### /m).flatMap((section) => {
    const [, name] = /^[^\n]*\(`([\w-]+)`\)\n/.exec(section) ?? [];
    return name === undefined ? [] : [[name, rowsOf(section)] as const];
  });
  return Object.fromEntries(sections);
}

function rowsOf(section: string): Record<string, readonly string[]> {
  const rows = [...section.matchAll(/^\| `(\w+)` \| (.*)\|$/gm)];
  return Object.fromEntries(
    rows.map(([, operation = "", cell = ""]) => [
      operation,
      [...cell.matchAll(/`(\w+)`/g)].map(([, member = ""]) => member),
    ]),
  );
}

function refusedMembers({ api }: LocalService, operation: string): readonly string[] {
  if (api !== undefined && "operations" in api) {
    const found = api.operations[operation];
    if (found === undefined) return [];
    return [...operationShape(found.schema).input.members.keys()].filter((member) => !found.members.includes(member));
  }
  // DynamoDB, the only service that another program implements.
  return [...membersOf(operation).keys()].filter((member) => implementedMembers[operation]?.includes(member) !== true);
}

test("the guide lists exactly the operations that exist, with the members that they refuse", async () => {
  const aws = await startLocalAws({ clock: virtualClock() });
  await aws.close();
  const existing = aws.services
    .filter(({ api }) => api !== undefined)
    .map((service) => {
      const operations = operationNames(service).map((name) => [name, refusedMembers(service, name)] as const);
      return [service.name, Object.fromEntries(operations)] as const;
    });
  expect(documented()).toEqual(Object.fromEntries(existing));
});
