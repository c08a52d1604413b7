import * as fs from "node:fs";
import * as fsPromises from "node:fs/promises";
import { createRequire, isBuiltin } from "node:module";
import * as os from "node:os";
import * as zlib from "node:zlib";
import { derive } from "./derive.ts";
import { isShared, requireShared } from "./shared-packages.ts";
import type { Work } from "./work.ts";

const hostRequire = createRequire(import.meta.url);

/** Replacements of Node's modules for an instance, by name without `node:`. Created at the first `require`. */
export type Replacements = Readonly<Record<string, () => object>>;

const hostModules = new Map<string, object>();

/**
 * `require` of an instance. It replaces those of Node's modules that give access to this machine, its time or its files, and
 * those whose asynchronous work must be counted.
 */
export function instanceRequire(replacements: Replacements): (id: string) => object {
  const replaced = new Map<string, object>();
  return (id) => {
    const name = id.startsWith("node:") ? id.slice(5) : id;
    const known = replaced.get(name) ?? hostModules.get(name);
    if (known !== undefined) return known;
    if (isShared(id)) return requireShared(id);
    if (!isBuiltin(id)) throw Object.assign(new Error(`Cannot find module '${id}'`), { code: "MODULE_NOT_FOUND" });
    const module = Object.hasOwn(replacements, name) ? replacements[name]?.() : undefined;
    if (module !== undefined) {
      replaced.set(name, module);
      return module;
    }
    const host = derive(hostRequire(id), {});
    hostModules.set(name, host);
    return host;
  };
}

/** File system without files, not even `~/.aws`: on AWS the sandbox contains only the bundle. */
export function emptyFileSystem(): Replacements {
  const promised = derive(fsPromises, { readFile: rejectMissing, access: rejectMissing, stat: rejectMissing });
  const files = derive(fs, {
    readFile: (path: unknown, ...rest: unknown[]) => failCallback(rest, missing(path)),
    readFileSync: (path: unknown) => {
      throw missing(path);
    },
    existsSync: () => false,
    promises: promised,
  });
  const system = derive(os, { homedir: () => "/home/sbx_user1051", hostname: () => "169.254.0.1" });
  return { fs: () => files, "fs/promises": () => promised, os: () => system };
}

/** `node:zlib` whose asynchronous functions count as work, because they run in another thread. */
export function countedZlib(work: Work): object {
  const members = Object.entries(zlib).flatMap(([name, member]: [string, unknown]) =>
    typeof member === "function" && Object.hasOwn(zlib, `${name}Sync`) ? [[name, counted(member, work)] as const] : [],
  );
  return derive(zlib, Object.fromEntries(members));
}

/** Web Crypto, which runs in another thread as well. */
export function countedSubtle(work: Work): typeof globalThis.crypto.subtle {
  const { subtle } = globalThis.crypto;
  return new Proxy(subtle, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== "function") return member;
      return async (...args: unknown[]): Promise<unknown> => {
        const done = work.open();
        try {
          return await Reflect.apply(member, target, args);
        } finally {
          await work.awake();
          done();
        }
      };
    },
  });
}

function counted(member: object, work: Work): (...args: unknown[]) => unknown {
  return (...args) => {
    const callback = args.pop();
    if (typeof member !== "function" || typeof callback !== "function") throw new TypeError("A callback is missing.");
    const done = work.open();
    return Reflect.apply(member, undefined, [
      ...args,
      (...results: unknown[]) =>
        work.deliver(() => {
          done();
          Reflect.apply(callback, undefined, results);
        }),
    ]);
  };
}

function missing(path: unknown): Error {
  const error = new Error(`ENOENT: no such file or directory, open '${String(path)}'`);
  return Object.assign(error, { errno: -2, code: "ENOENT", syscall: "open", path: String(path) });
}

async function rejectMissing(path: unknown): Promise<never> {
  throw missing(path);
}

function failCallback(args: unknown[], error: Error): void {
  const callback = args.at(-1);
  if (typeof callback === "function") process.nextTick(() => Reflect.apply(callback, undefined, [error]));
}
