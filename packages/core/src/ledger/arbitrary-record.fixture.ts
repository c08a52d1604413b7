import * as fc from "fast-check";
import * as v from "valibot";

type Schema = v.GenericSchema & {
  pipe?: readonly unknown[];
  entries?: Readonly<Record<string, Schema>>;
  key?: Schema;
  value?: Schema;
  item?: Schema;
  wrapped?: Schema;
  literal?: unknown;
  options?: readonly unknown[];
};

/** Values for schemas that accept some strings or numbers only. A schema that accepts none of them needs another one here. */
const samples: readonly unknown[] = [
  "main",
  "shop/api",
  "v*",
  "arn:aws:iam::111122223333:role/lockmaster",
  "eu-west-1",
  "/ecs/shop",
  "2026-12-31",
  "https://shop.example/health",
  "build.revision",
  "CVE-2026-12345",
  0,
  1,
  60,
  300,
  2.5,
];

/** Records with every field of a schema: made from the schema itself, so that no field can be forgotten. */
export function arbitraryRecord<S extends v.GenericSchema>(schema: S): fc.Arbitrary<v.InferOutput<S>> {
  return arbitraryOf(schema).map((value) => v.parse(schema, value));
}

function arbitraryOf(schema: Schema): fc.Arbitrary<unknown> {
  const { type, pipe, entries, key, value, item, wrapped, literal, options = [] } = schema;
  if (wrapped !== undefined) return arbitraryOf(wrapped);
  if (entries !== undefined) {
    return fc.record(Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, arbitraryOf(entry)])));
  }
  if (type === "record" && key !== undefined && value !== undefined) {
    // valibot drops the keys that it takes for an attack.
    const names = arbitraryOf(key)
      .map(String)
      .filter((name) => !["__proto__", "prototype", "constructor"].includes(name));
    return fc.dictionary(names, arbitraryOf(value), { minKeys: 1, maxKeys: 2 });
  }
  if (item !== undefined) return fc.array(arbitraryOf(item), { minLength: 1, maxLength: 2 });
  if (type === "variant") return fc.oneof(...options.filter(isSchema).map(arbitraryOf));
  if (type === "picklist") return fc.constantFrom(...options);
  if (type === "literal") return fc.constant(literal);
  if (type === "boolean") return fc.boolean();
  if (pipe !== undefined) {
    const accepted = samples.filter((sample) => v.is(schema, sample));
    if (accepted.length === 0) throw new Error(`add a sample that ${JSON.stringify(schema)} accepts`);
    return fc.constantFrom(...accepted);
  }
  if (type === "string" || type === "custom") return fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
  if (type === "number") return fc.maxSafeNat();
  throw new Error(`add how to make a value of the type ${type}`);
}

function isSchema(option: unknown): option is Schema {
  return typeof option === "object";
}
