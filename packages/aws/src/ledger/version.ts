import type { Expression } from "./table.ts";

/** The condition for writing a record with a version: it has not changed since it was read. */
export function follows({ version }: { version: number }): Expression {
  const names = { version: "version" };
  return version === 1
    ? { condition: "attribute_not_exists(#version)", names }
    : { condition: "#version = :before", names, values: { before: version - 1 } };
}
