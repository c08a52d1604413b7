import * as v from "valibot";

type Key = v.BaseSchema<string, string, v.BaseIssue<unknown>>;
type Value = v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>;
type Config = Parameters<Value["~run"]>[1];
type Issue = v.BaseIssue<unknown>;

/**
 * An object with any keys. Valibot's own `record` drops the keys `constructor`, `prototype` and `__proto__` without an issue, so
 * that a container or a label with such a name would vanish; here they are keys like all others.
 *
 * @see https://github.com/open-circle/valibot/blob/main/library/src/utils/_isValidObjectKey/_isValidObjectKey.ts
 */
export function record<const K extends Key, const V extends Value>(key: K, value: V): v.RecordSchema<K, V, undefined> {
  const schema = v.record(key, value);
  const refuse = schema["~run"].bind(schema);
  return Object.assign(schema, {
    "~run": (dataset: v.UnknownDataset, config: Config) => {
      const { value: input } = dataset;
      if (typeof input !== "object" || input === null) return refuse(dataset, config);
      const members = Object.entries(input).map(([name, member]: [string, unknown]) => {
        const read = v.safeParse(key, name, config);
        const found = v.safeParse(value, member, config);
        const at = { type: "object" as const, input, key: name, value: member };
        return {
          entry: [read.typed ? read.output : name, found.output] as const,
          typed: read.typed && found.typed,
          issues: [
            ...(read.issues ?? []).map((issue: Issue) => ({ ...issue, path: [{ ...at, origin: "key" as const }] })),
            ...(found.issues ?? []).map((issue: Issue) => ({
              ...issue,
              path: [{ ...at, origin: "value" as const }, ...(issue.path ?? [])],
            })),
          ],
        };
      });
      const output = Object.fromEntries(members.map(({ entry }) => entry));
      const issues = members.flatMap((member) => member.issues);
      if (issues.length === 0) return { typed: true as const, value: output };
      return { typed: members.every(({ typed }) => typed), value: output, issues };
    },
  });
}
