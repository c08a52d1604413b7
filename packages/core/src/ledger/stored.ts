/**
 * What the schemas of stored records share. A record is plain data, its times are ISO 8601 strings in UTC. A schema is the one
 * source of a record's type and of its reading. Reading is lenient, because another version may have written the record: it
 * drops attributes that the schema does not have.
 */
import * as v from "valibot";
import { record } from "../lib/record.ts";
import type { ErrorCode } from "../lib/errors.ts";

type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T;

/** The type of what a schema reads, readonly in depth. */
export type Stored<Schema extends v.GenericSchema> = DeepReadonly<v.InferOutput<Schema>>;

/** Any string, so that an older version can read a record with a code that only a newer version has. */
export const StoredErrorCode = v.custom<ErrorCode>((value) => typeof value === "string");

export const StringByName = record(v.string(), v.string());
