import { derive } from "./derive.ts";
import { currentInstance, delegatingObject, delegatingFunction, delegatingMember } from "./current-instance.ts";
import { dateAt } from "./host.ts";

const global = (name: string) => (): unknown => currentInstance().bindings[name];
const member = (name: string, key: string) => (): unknown => Reflect.get(Object(global(name)()), key);
const called = (name: string) => delegatingFunction(global(name));

const process = delegatingObject(global("process"));

const own = {
  process,
  console: delegatingObject(global("console")),
  Date: dateAt(() => Number(delegatingFunction(member("Date", "now"))())),
  Math: Object.create(Math, { random: { value: delegatingFunction(member("Math", "random")) } }),
  performance: delegatingObject(global("performance")),
  crypto: delegatingObject(global("crypto")),
  fetch: called("fetch"),
  AbortSignal: Object.create(AbortSignal, { timeout: { value: delegatingFunction(member("AbortSignal", "timeout")) } }),
  setTimeout: called("setTimeout"),
  setInterval: called("setInterval"),
  setImmediate: called("setImmediate"),
  clearTimeout: called("clearTimeout"),
  clearInterval: called("clearInterval"),
  clearImmediate: called("clearImmediate"),
};
const globals = Object.create(globalThis, Object.getOwnPropertyDescriptors(own));

/** Replacements of Node's globals for shared packages, by name. Each use delegates to the running instance's global. */
export const sharedGlobals: Readonly<Record<string, unknown>> = { ...own, globalThis: globals, global: globals };

const builtins = new Map<string, object>();

/** One of Node's modules, for shared packages. */
export function requireBuiltin(id: string): object {
  const name = id.replace(/^node:/, "");
  if (name === "process") return process;
  const known = builtins.get(name);
  if (known !== undefined) return known;
  const seen = currentInstance().require(name);
  // Members that an instance replaces are own members; the others are inherited, see `derive`.
  const replaced = Object.keys(seen).map((key) => [
    key,
    delegatingMember(() => Reflect.get(currentInstance().require(name), key)),
  ]);
  const module = derive(Object.getPrototypeOf(seen), {
    ...Object.fromEntries(replaced),
    // The prototype is a namespace, whose default would be Node's original module.
    default: undefined,
  });
  builtins.set(name, module);
  return module;
}
