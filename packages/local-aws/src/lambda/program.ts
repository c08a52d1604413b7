import { basename, extname } from "node:path";
import { Script } from "node:vm";
import type { Bundle } from "./bundle.ts";
import { bindingNames, type Sandbox } from "./sandbox.ts";

/** A function's code, compiled once, to be evaluated anew for each instance. */
export type Program = {
  /** Evaluates the bundle and answers what it exports. Throws what its modules throw. */
  instantiate(sandbox: Sandbox): Record<string, unknown>;
};

/** One compilation a bundle: what V8 has learned of it serves every local AWS of this process. */
const compiled = new WeakMap<Bundle, Program>();

/** @throws SyntaxError */
export function compile(bundle: Bundle): Program {
  const known = compiled.get(bundle);
  if (known !== undefined) return known;
  const parameters = ["exports", "module", ...bindingNames].join(",");
  const name = basename(bundle.file, extname(bundle.file));
  const script = new Script(`(function(${parameters}){${bundle.code}\n})`, { filename: `/var/task/${name}.js` });
  const evaluate: unknown = script.runInThisContext();
  if (typeof evaluate !== "function") throw new TypeError("A script of one function expression is that function.");
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
