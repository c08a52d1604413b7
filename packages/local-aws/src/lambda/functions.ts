import { AwsError } from "../protocol/errors.ts";
import type { Bundle } from "./bundle.ts";
import type { FunctionSettings } from "./instance.ts";

export type FunctionDefinition = {
  /** Source file that exports `handler`; absolute, or relative to the runtime's root. */
  file: string;
  timeoutSeconds: number;
  memoryMegabytes: number;
  environment: Readonly<Record<string, string>>;
};

export type RegisteredFunction = { settings: FunctionSettings; bundle: Promise<Bundle> };

/** The functions of the account and region. */
export type Functions = {
  /** Registers a function, or replaces it, and starts to bundle its code. */
  register(name: string, definition: FunctionDefinition): void;
  /** @throws AwsError ResourceNotFoundException */
  find(nameOrArn: string): RegisteredFunction;
  all(): IterableIterator<[name: string, RegisteredFunction]>;
};

export function registeredFunctions(
  { region, accountId }: { region: string; accountId: string },
  bundleOf: (file: string) => Promise<Bundle>,
): Functions {
  const functions = new Map<string, RegisteredFunction>();
  const arnOf = (name: string): string => `arn:aws:lambda:${region}:${accountId}:function:${name}`;
  return {
    register(name, { file, timeoutSeconds, memoryMegabytes, environment }) {
      const bundle = bundleOf(file);
      // The error goes to the function's invocation, or to the caller of `bundles`.
      bundle.catch(() => undefined);
      functions.set(name, {
        settings: { name, arn: arnOf(name), timeoutSeconds, memoryMegabytes, environment },
        bundle,
      });
    },
    find(nameOrArn) {
      const isArn = nameOrArn.startsWith("arn:");
      const name = isArn ? nameOrArn.split(":")[6] : nameOrArn;
      const found = name === undefined ? undefined : functions.get(name);
      if (found !== undefined) return found;
      const arn = isArn ? nameOrArn : arnOf(nameOrArn);
      throw new AwsError("ResourceNotFoundException", `Function not found: ${arn}`, 404, { Type: "User" });
    },
    all: () => functions.entries(),
  };
}
