import { derive } from "./derive.ts";
import { currentInstance, following, followingFunction, followingMember } from "./following.ts";
import { dateAt } from "./host.ts";

const global = (name: string) => (): unknown => currentInstance().bindings[name];
const member = (name: string, key: string) => (): unknown => Reflect.get(Object(global(name)()), key);
const called = (name: string) => followingFunction(global(name));

const process = following(global("process"));

const own = {
  process,
  console: following(global("console")),
  Date: dateAt(() => Number(followingFunction(member("Date", "now"))())),
  Math: Object.create(Math, { random: { value: followingFunction(member("Math", "random")) } }),
  performance: following(global("performance")),
  crypto: following(global("crypto")),
  fetch: called("fetch"),
  AbortSignal: Object.create(AbortSignal, { timeout: { value: followingFunction(member("AbortSignal", "timeout")) } }),
  setTimeout: called("setTimeout"),
  setInterval: called("setInterval"),
  setImmediate: called("setImmediate"),
  clearTimeout: called("clearTimeout"),
  clearInterval: called("clearInterval"),
  clearImmediate: called("clearImmediate"),
};
const globals = Object.create(globalThis, Object.getOwnPropertyDescriptors(own));

/** What shared packages find in the place of Node's globals, by name: at each use, what the instance has that runs. */
export const sharedGlobals: Readonly<Record<string, unknown>> = { ...own, globalThis: globals, global: globals };

const builtins = new Map<string, object>();

/** A module of Node's, as shared packages require it. */
export function requireBuiltin(id: string): object {
  const name = id.replace(/^node:/, "");
  if (name === "process") return process;
  const known = builtins.get(name);
  if (known !== undefined) return known;
  const seen = currentInstance().require(name);
  // What an instance replaces are its own members; the others are inherited, see `derive`.
  const replaced = Object.keys(seen).map((key) => [
    key,
    followingMember(() => Reflect.get(currentInstance().require(name), key)),
  ]);
  const module = derive(Object.getPrototypeOf(seen), {
    ...Object.fromEntries(replaced),
    // What is inherited is a namespace, whose default would be Node's own module.
    default: undefined,
  });
  builtins.set(name, module);
  return module;
}
