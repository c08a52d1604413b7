import * as crypto from "node:crypto";
import type { Clock } from "../clock/clock.ts";
import { derive } from "./derive.ts";

/** Globals that are the same for every instance: time on the clock, and chance from the seeded generator. */
export type SharedGlobals = {
  Date: DateConstructor;
  Math: typeof Math;
  performance: typeof performance;
  crypto: typeof globalThis.crypto;
  /** `node:crypto` with the same `randomUUID`. */
  cryptoModule: object;
};

/** @param random a number in [0, 1) */
export function sharedGlobals(clock: Clock, random: () => number): SharedGlobals {
  const startedAt = clock.now();
  const randomUUID = (): crypto.UUID => randomUuid(random);
  return {
    Date: dateAt(() => clock.now()),
    Math: Object.create(Math, { random: { value: random } }),
    performance: replacing(performance, { now: () => clock.now() - startedAt, timeOrigin: startedAt }),
    crypto: replacing(globalThis.crypto, { randomUUID }),
    cryptoModule: derive(crypto, { randomUUID }),
  };
}

/** A random UUID, version 4 (RFC 9562), from a number in [0, 1). */
export function randomUuid(random: () => number): crypto.UUID {
  const hex = randomHex(random, 30);
  const variant = "89ab"[Math.floor(random() * 4)] ?? "8";
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-${variant}${hex.slice(15, 18)}-${hex.slice(18)}`;
}

export function randomHex(random: () => number, length: number): string {
  return Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join("");
}

/** `Date` with a present of its own, in milliseconds since the epoch. */
export function dateAt(present: () => number): DateConstructor {
  const now = (): number => Math.trunc(present());
  return new Proxy(Date, {
    apply: () => new Date(now()).toString(),
    construct: (target, args, newTarget: new () => object) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
  });
}

/** An object that behaves as `original` does, except for some members. */
export function replacing<T extends object>(original: T, members: Partial<T>): T {
  const bound = new Map<PropertyKey, unknown>(Object.entries(members));
  return new Proxy(original, {
    get(target, key) {
      if (bound.has(key)) return bound.get(key);
      // Members of the host's own objects work on these objects only, not on a proxy.
      const value: unknown = Reflect.get(target, key, target);
      const usable: unknown = typeof value === "function" ? value.bind(target) : value;
      bound.set(key, usable);
      return usable;
    },
  });
}
