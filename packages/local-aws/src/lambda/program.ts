import { basename, extname } from "node:path";
import { Script } from "node:vm";
import type { Bundle } from "./bundle.ts";
import { bindingNames, type Sandbox } from "./sandbox.ts";

/** A function's code, compiled once and evaluated for each instance. */
export type Program = {
  /** Evaluates the bundle and returns its exports. Throws the errors of its modules. */
  instantiate(sandbox: Sandbox): Record<string, unknown>;
};

/** One compilation per bundle: all local AWSs of the process use V8's optimised code. */
const compiled = new WeakMap<Bundle, Program>();

/** @throws SyntaxError */
export function compile(bundle: Bundle): Program {
  const known = compiled.get(bundle);
  if (known !== undefined) return known;
  const parameters = ["exports", "module", ...bindingNames].join(",");
  const name = basename(bundle.file, extname(bundle.file));
  const script = new Script(`(function(${parameters}){${bundle.code}\n})`, { filename: `/var/task/${name}.js` });
  const evaluate: unknown = script.runInThisContext();
  if (typeof evaluate !== "function") throw new TypeError("The script of a bundle did not return a function.");
  const program: Program = {
    instantiate(sandbox) {
      const module: { exports: Record<string, unknown> } = { exports: {} };
      const bindings = bindingNames.map((binding) => sandbox.bindings[binding]);
      Reflect.apply(evaluate, module.exports, [module.exports, module, ...bindings]);
      return module.exports;
    },
  };
  compiled.set(bundle, program);
  return program;
}
