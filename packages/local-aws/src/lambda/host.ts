import * as crypto from "node:crypto";
import type { Clock } from "../clock/clock.ts";
import { derive } from "./derive.ts";

/** Globals that all instances of a local AWS share: time on the clock, and random numbers of the seeded generator. */
export type HostGlobals = {
  Date: DateConstructor;
  Math: typeof Math;
  performance: typeof performance;
  crypto: typeof globalThis.crypto;
  /** `node:crypto` with the same `randomUUID`. */
  cryptoModule: object;
};

/** @param random a number in [0, 1) */
export function hostGlobals(clock: Clock, random: () => number): HostGlobals {
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

/** A random UUID, version 4 (RFC 9562). @param random a number in [0, 1) */
export function randomUuid(random: () => number): crypto.UUID {
  const hex = randomHex(random, 30);
  const variant = "89ab"[Math.floor(random() * 4)] ?? "8";
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-${variant}${hex.slice(15, 18)}-${hex.slice(18)}`;
}

export function randomHex(random: () => number, length: number): string {
  return Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join("");
}

/** `Date` with another current time. @param currentMs milliseconds since the epoch */
export function dateAt(currentMs: () => number): DateConstructor {
  const now = (): number => Math.trunc(currentMs());
  return new Proxy(Date, {
    apply: () => new Date(now()).toString(),
    construct: (target, args, newTarget: new () => object) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
  });
}

/** A proxy of `original` with some members replaced. */
export function replacing<T extends object>(original: T, members: Partial<T>): T {
  const bound = new Map<PropertyKey, unknown>(Object.entries(members));
  return new Proxy(original, {
    get(target, key) {
      if (bound.has(key)) return bound.get(key);
      // Methods of Node's objects do not work with a proxy as `this`.
      const value: unknown = Reflect.get(target, key, target);
      const usable: unknown = typeof value === "function" ? value.bind(target) : value;
      bound.set(key, usable);
      return usable;
    },
  });
}
