import { createHash } from "node:crypto";
import type { Expression } from "jsonata";
import type { Clock } from "../../../clock/clock.ts";
import { uuidFrom } from "../../../protocol/identifiers.ts";
import { randomSequence } from "../../../world/random.ts";
import { isJsonArray, parseJson, type Json } from "./json.ts";
import { toPlain } from "./plain.ts";

/** The functions' sources of time and random numbers. */
export type Sources = { clock: Clock; random(): number };

const HASHES: Readonly<Record<string, string>> = {
  MD5: "md5",
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
};

/** Maximum number of elements of `$range`, as documented for `States.ArrayRange`. */
const RANGE_LIMIT = 1000;

function partition(array: Json | undefined, size: number): Json | undefined {
  if (array === undefined) return undefined;
  const items = isJsonArray(array) ? array : [array];
  const length = Math.floor(size);
  if (!(length > 0)) throw new Error("The chunk size of $partition must be greater than zero");
  const chunks: Json[] = [];
  for (let start = 0; start < items.length; start += length) chunks.push(items.slice(start, start + length));
  return chunks;
}

function range(first: number, last: number, step: number): Json {
  if (step === 0) throw new Error("The step of $range must not be zero");
  const count = Math.max(0, Math.floor((last - first) / step) + 1);
  if (count > RANGE_LIMIT) throw new Error(`$range makes at most ${RANGE_LIMIT} elements`);
  return Array.from({ length: count }, (_, index) => first + index * step);
}

function hash(content: string, algorithm: string): string {
  const name = HASHES[algorithm];
  if (name === undefined) throw new Error(`$hash does not know the algorithm ${algorithm}`);
  return createHash(name).update(content, "utf8").digest("hex");
}

function shuffle(items: readonly Json[] | undefined, random: () => number): Json | undefined {
  if (items === undefined) return undefined;
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other] ?? null, shuffled[last] ?? null];
  }
  return shuffled;
}

/** A function as `registerFunction` takes it. */
export type JsonataFunction = { name: string; signature: string; run: Parameters<Expression["registerFunction"]>[1] };

/**
 * Step Functions' additional JSONata functions, and replacements of JSONata's functions that use the real clock or real
 * random numbers.
 *
 * Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
export function jsonataFunctions(
  sources: Sources,
  formatTime: (millis: number, picture: string | undefined, timezone: string | undefined) => Promise<unknown>,
): readonly JsonataFunction[] {
  const random = (): number => sources.random();
  return [
    { name: "partition", signature: "<a?n:a>", run: partition },
    { name: "range", signature: "<nnn:a>", run: range },
    { name: "hash", signature: "<ss:s>", run: hash },
    { name: "uuid", signature: "<:s>", run: () => uuidFrom(random) },
    {
      name: "parse",
      signature: "<s?:x>",
      run: (text?: string) => (text === undefined ? undefined : toPlain(parseJson(text))),
    },
    {
      name: "random",
      signature: "<n?:n>",
      run: (seed?: number) => (seed === undefined ? random() : randomSequence(seed)()),
    },
    { name: "shuffle", signature: "<a:a>", run: (items?: readonly Json[]) => shuffle(items, random) },
    { name: "millis", signature: "<:n>", run: () => sources.clock.now() },
    {
      name: "now",
      signature: "<s?s?:s>",
      run: (picture?: string, timezone?: string) =>
        picture === undefined && timezone === undefined
          ? new Date(sources.clock.now()).toISOString()
          : formatTime(sources.clock.now(), picture, timezone),
    },
  ];
}
