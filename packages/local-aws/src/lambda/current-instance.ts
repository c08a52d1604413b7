import { AsyncLocalStorage } from "node:async_hooks";

/** An instance, as shared packages see it. */
export type InstanceView = {
  /** Replacements of Node's globals, by name. */
  bindings: Readonly<Record<string, unknown>>;
  require: (id: string) => object;
};

const current = new AsyncLocalStorage<InstanceView>();

/** Runs code of an instance: shared packages that the code calls, now or asynchronously, use that instance. */
export function inInstance<T>(view: InstanceView, run: () => T): T {
  return current.run(view, run);
}

/** @throws Error outside of an instance: shared packages have no clock and no environment of their own */
export function currentInstance(): InstanceView {
  const view = current.getStore();
  if (view === undefined) throw new Error("A shared package was used outside of a function's instance.");
  return view;
}

/** A function that calls the function that `read` returns. */
export function delegatingFunction(
  read: () => unknown,
  self: () => unknown = () => undefined,
): (...args: unknown[]) => unknown {
  return (...args) => {
    const member = read();
    if (typeof member !== "function") throw new TypeError("The called value is not a function in this instance.");
    return Reflect.apply(member, self(), args);
  };
}

/**
 * An object that delegates each access to the object that `read` returns. Members that are objects or functions delegate as
 * well, so shared packages can keep them without keeping the instance.
 */
export function delegatingObject(read: () => unknown): object {
  const now = (): object => {
    const value = read();
    if (typeof value === "object" && value !== null) return value;
    throw new TypeError("The accessed value is not an object in this instance.");
  };
  const members = new Map<PropertyKey, unknown>();
  return new Proxy(
    {},
    {
      get(_, key) {
        const known = members.get(key);
        if (known !== undefined) return known;
        const member = delegatingMember(() => Reflect.get(now(), key), now);
        if (typeof member === "function" || (typeof member === "object" && member !== null)) members.set(key, member);
        return member;
      },
      set: (_, key, value) => Reflect.set(now(), key, value),
      has: (_, key) => Reflect.has(now(), key),
      deleteProperty: (_, key) => Reflect.deleteProperty(now(), key),
      ownKeys: () => Reflect.ownKeys(now()),
      getOwnPropertyDescriptor: (_, key) => Reflect.getOwnPropertyDescriptor(now(), key),
    },
  );
}

/** Delegates to the function or object that `read` returns. Returns other values as they are. */
export function delegatingMember(read: () => unknown, self?: () => unknown): unknown {
  const value = read();
  if (typeof value === "function") return delegatingFunction(read, self);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? delegatingObject(read) : value;
}
