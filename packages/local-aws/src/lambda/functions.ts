import type { Clock } from "../clock/clock.ts";
import { AwsError } from "../protocol/errors.ts";
import type { Bundle } from "./bundle.ts";
import type { FunctionSettings } from "./instance.ts";

export type FunctionDefinition = {
  /** Source file that exports `handler`; absolute, or relative to the runtime's root. */
  file: string;
  timeoutSeconds: number;
  memoryMegabytes: number;
  environment: Readonly<Record<string, string>>;
  /** Whether the function has a Function URL without authorization; none by default. */
  publicUrl?: boolean;
};

export type RegisteredFunction = {
  settings: FunctionSettings;
  bundle: Promise<Bundle>;
  publicUrl: boolean;
  /** In milliseconds since the epoch. */
  registeredAt: number;
};

/** The functions of the account and region. */
export type Functions = {
  /** Registers a function, or replaces it, and starts to bundle its code. */
  register(name: string, definition: FunctionDefinition): void;
  /** @throws AwsError ResourceNotFoundException */
  find(nameOrArn: string): RegisteredFunction;
  all(): IterableIterator<[name: string, RegisteredFunction]>;
};

export function registeredFunctions(
  { region, accountId, clock }: { region: string; accountId: string; clock: Clock },
  bundleOf: (file: string) => Promise<Bundle>,
): Functions {
  const functions = new Map<string, RegisteredFunction>();
  const arnOf = (name: string): string => `arn:aws:lambda:${region}:${accountId}:function:${name}`;
  return {
    register(name, { file, timeoutSeconds, memoryMegabytes, environment, publicUrl = false }) {
      const bundle = bundleOf(file);
      // The error goes to the function's invocation, or to the caller of `bundles`.
      bundle.catch(() => undefined);
      functions.set(name, {
        settings: { name, arn: arnOf(name), timeoutSeconds, memoryMegabytes, environment },
        bundle,
        publicUrl,
        registeredAt: clock.now(),
      });
    },
    find(nameOrArn) {
      // Names, partial ARNs and ARNs may have the version: https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
      const unqualified = nameOrArn.replace(/:\$LATEST$/, "");
      const [name = ""] = unqualified.split(":").slice(-1);
      const spellings = [name, arnOf(name), `${accountId}:function:${name}`, `function:${name}`];
      const found = spellings.includes(unqualified) ? functions.get(name) : undefined;
      if (found !== undefined) return found;
      const arn = nameOrArn.startsWith("arn:") ? nameOrArn : arnOf(nameOrArn);
      throw new AwsError("ResourceNotFoundException", `Function not found: ${arn}`, 404, { Type: "User" });
    },
    all: () => functions.entries(),
  };
}
