import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { validateConfiguration } from "./validate.ts";

const documentation = readFileSync(new URL("../../../../docs/limits.md", import.meta.url), "utf8");
const section = documentation.split("\n## ").find((part) => part.startsWith("The configuration\n")) ?? "";
const rows = [...section.matchAll(/^\| ([^|]+) \| (\d+) \| `([^`]+)` \|$/gm)].map(([, what = "", limit, message]) => ({
  what,
  limit: Number(limit),
  message: message ?? "",
}));

const image = { context: ".", paths: ["**"], repository: "shop/web" };
const service = { service: "web", containers: { web: "web" } };
const task = { name: "migrate", service: "web", container: "web", command: ["migrate"] };

const withEnvironment = (change: object, images: object = { web: image }) => ({
  repositories: {
    "acme/shop": {
      images,
      environments: { staging: { on: { branch: "main" }, cluster: "shop", services: { web: service }, ...change } },
    },
  },
});
const withImage = (change: object) => withEnvironment({}, { web: { ...image, ...change } });
const withInstallation = (installation: object) => ({ ...withEnvironment({}), installation });
const many = (count: number, entry: (index: number) => [string, unknown]) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => entry(index)));
const waiver = { id: "CVE-2026-1", owner: "platform", until: "2026-12-31" };

/** A configuration that has this much of what a row is about. */
const examples: Readonly<Record<string, (amount: number) => object>> = {
  "characters of the name of an image, environment, service or task": (amount) =>
    withEnvironment({ services: { ["a".repeat(amount)]: service } }),
  "images of a repository": (amount) =>
    withEnvironment(
      { services: { web: { service: "web", containers: many(amount, (index) => [`c${index}`, `i${index}`]) } } },
      many(amount, (index) => [`i${index}`, { ...image, repository: `shop/i${index}` }]),
    ),
  "services of an environment": (amount) =>
    withEnvironment({ services: many(amount, (index) => [`s${index}`, { ...service, service: `s${index}` }]) }),
  "characters of an ECS name": (amount) => withEnvironment({ cluster: "a".repeat(amount) }),
  "characters of an ECR repository": (amount) => withImage({ repository: "a".repeat(amount) }),
  "characters of a branch": (amount) => withEnvironment({ on: { branch: "a".repeat(amount) } }),
  "characters of a path": (amount) => withImage({ context: "a".repeat(amount) }),
  "tasks in one list": (amount) =>
    withEnvironment({
      tasks: { before: Array.from({ length: amount }, (_, index) => ({ ...task, name: `t${index}` })) },
    }),
  "minutes of one task": (amount) => withEnvironment({ tasks: { before: [{ ...task, deadlineMinutes: amount }] } }),
  "minutes of all tasks of an environment": (amount) =>
    withEnvironment({
      tasks: {
        before: [{ ...task, deadlineMinutes: amount - 100 }],
        after: [{ ...task, name: "b", deadlineMinutes: 100 }],
      },
    }),
  "minutes of a build": (amount) => withImage({ timeoutMinutes: amount }),
  "minutes of `health.deadlineMinutes`": (amount) => withEnvironment({ health: { deadlineMinutes: amount } }),
  "seconds of `health.bakeSeconds`": (amount) => withEnvironment({ health: { bakeSeconds: amount } }),
  "seconds of `probe.timeoutSeconds`": (amount) =>
    withEnvironment({ health: { probe: { url: "https://shop.example/", timeoutSeconds: amount } } }),
  "minutes of `gates.scan.deadlineMinutes`": (amount) =>
    withEnvironment({ gates: { scan: { deadlineMinutes: amount } } }),
  "characters of a waiver's reason": (amount) =>
    withEnvironment({ gates: { scan: { waivers: [{ ...waiver, reason: "a".repeat(amount) }] } } }),
  "characters of the installation's name": (amount) => withInstallation({ name: "a".repeat(amount) }),
  "tags of the installation": (amount) =>
    withInstallation({ tags: Object.fromEntries(Array.from({ length: amount }, (_, index) => [`t${index}`, "x"])) }),
  "deliveries at the same time (`webhook.reservedConcurrency`)": (amount) =>
    withInstallation({ webhook: { reservedConcurrency: amount } }),
};

test("docs/limits.md has a row for every example, and no other", () => {
  expect(rows.map(({ what }) => what).toSorted()).toEqual(Object.keys(examples).toSorted());
});

test.each(rows)("docs/limits.md: $what, at most $limit", ({ what, limit, message }) => {
  const example = examples[what];
  expect(() => validateConfiguration(example?.(limit))).not.toThrow();
  expect(() => validateConfiguration(example?.(limit + 1))).toThrow(message);
});
