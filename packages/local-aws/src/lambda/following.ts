import { AsyncLocalStorage } from "node:async_hooks";

/** An instance, as code finds it that all instances share. */
export type InstanceView = {
  /** In the place of Node's globals, by name. */
  bindings: Readonly<Record<string, unknown>>;
  require: (id: string) => object;
};

const current = new AsyncLocalStorage<InstanceView>();

/** Runs code of an instance, and whatever comes of it later, such that shared code finds that instance. */
export function inInstance<T>(view: InstanceView, run: () => T): T {
  return current.run(view, run);
}

/** @throws Error outside of every instance: shared code has no time and no environment of its own */
export function currentInstance(): InstanceView {
  const view = current.getStore();
  if (view === undefined) throw new Error("A shared package runs, but no function on whose behalf.");
  return view;
}

/** A function that is, at each call, the one that `read` answers. */
export function followingFunction(
  read: () => unknown,
  self: () => unknown = () => undefined,
): (...args: unknown[]) => unknown {
  return (...args) => {
    const member = read();
    if (typeof member !== "function") throw new TypeError("What is called is no function in this instance.");
    return Reflect.apply(member, self(), args);
  };
}

/**
 * An object that is, at each access, the one that `read` answers. Whoever keeps it, or a member of it that is an object or
 * a function, keeps nothing of an instance.
 */
export function following(read: () => unknown): object {
  const now = (): object => {
    const value = read();
    if (typeof value === "object" && value !== null) return value;
    throw new TypeError("What is looked at is no object in this instance.");
  };
  const members = new Map<PropertyKey, unknown>();
  return new Proxy(
    {},
    {
      get(_, key) {
        const known = members.get(key);
        if (known !== undefined) return known;
        const followed = followingMember(() => Reflect.get(now(), key), now);
        if (typeof followed === "function" || (typeof followed === "object" && followed !== null))
          members.set(key, followed);
        return followed;
      },
      set: (_, key, value) => Reflect.set(now(), key, value),
      has: (_, key) => Reflect.has(now(), key),
      deleteProperty: (_, key) => Reflect.deleteProperty(now(), key),
      ownKeys: () => Reflect.ownKeys(now()),
      getOwnPropertyDescriptor: (_, key) => Reflect.getOwnPropertyDescriptor(now(), key),
    },
  );
}

/** What `read` answers when it is no object, nor a function; one that follows it otherwise. */
export function followingMember(read: () => unknown, self?: () => unknown): unknown {
  const value = read();
  if (typeof value === "function") return followingFunction(read, self);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? following(read) : value;
}
