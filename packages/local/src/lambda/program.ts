import { Script } from "node:vm";
import { bindingNames } from "./sandbox.ts";
import type { Sandbox } from "./sandbox.ts";

/** A function's code, compiled once, to be evaluated anew for each instance. */
export type Program = {
  /** Evaluates the bundle and answers what it exports. Throws what its modules throw. */
  instantiate(sandbox: Sandbox): Record<string, unknown>;
};

/**
 * @param name of the function, for stack traces
 * @throws SyntaxError
 */
export function compile(name: string, code: string): Program {
  const parameters = ["exports", "module", ...bindingNames].join(",");
  const script = new Script(`(function(${parameters}){${code}\n})`, { filename: `/var/task/${name}.js` });
  const evaluate: unknown = script.runInThisContext();
  if (typeof evaluate !== "function") throw new TypeError("A script of one function expression is that function.");
  return {
    instantiate(sandbox) {
      const module: { exports: Record<string, unknown> } = { exports: {} };
      const bindings = bindingNames.map((binding) => sandbox.bindings[binding]);
      Reflect.apply(evaluate, module.exports, [module.exports, module, ...bindings]);
      return module.exports;
    },
  };
}
