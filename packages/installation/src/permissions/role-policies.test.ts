import { matcherOf } from "@lockmaster/local-aws";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Statement } from "./policy.ts";
import { type RolePolicies, sizeOf, splitOverPolicies } from "./role-policies.ts";

const service = (index: number): string =>
  `arn:aws:ecs:eu-west-1:111122223333:service/shop-production/service-${String(index).padStart(4, "0")}`;
const statementOn = (action: string, resources: readonly string[]): Statement => ({
  Effect: "Allow",
  Action: [action],
  Resource: resources,
});
const services = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => service(from + index));

const all = ({ inline, managed }: RolePolicies): (readonly Statement[])[] => [inline, ...managed];
const split = (statements: readonly Statement[]): RolePolicies => {
  const { policies } = splitOverPolicies(statements);
  if (policies === undefined) throw new Error("They do not fit");
  return policies;
};

/** Statements of every form: resources, everything, a condition with a list, and both. */
const statements = fc.array(
  fc.record({
    action: fc.constantFrom("ecs:UpdateService", "ecs:DescribeServices", "ecs:ListTasks", "iam:PassRole"),
    resources: fc.option(fc.uniqueArray(fc.nat(150), { minLength: 1, maxLength: 90 }), { nil: undefined }),
    clusters: fc.option(fc.uniqueArray(fc.nat(150), { minLength: 1, maxLength: 90 }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 6 },
);

test("split policies allow exactly what the statements allow, and are within IAM's quotas", () => {
  fc.assert(
    fc.property(statements, fc.nat(150), fc.nat(150), (described, resource, cluster) => {
      const whole = described.map(({ action, resources, clusters }): Statement => ({
        Effect: "Allow",
        Action: [action],
        Resource: resources?.map(service) ?? "*",
        ...(clusters !== undefined && { Condition: { ArnEquals: { "ecs:cluster": clusters.map(service) } } }),
      }));
      const { policies } = splitOverPolicies(whole, 25);
      fc.pre(policies !== undefined);
      expect(sizeOf(policies.inline)).toBeLessThanOrEqual(10_240);
      for (const one of policies.managed) expect(sizeOf(one)).toBeLessThanOrEqual(6144);
      const pieces = all(policies).flat();
      for (const { action } of described) {
        for (const context of [undefined, { "ecs:cluster": service(cluster) }]) {
          const demand = { action, resource: service(resource), ...(context && { context }) };
          expect(pieces.some((piece) => matcherOf(piece)(demand))).toBe(whole.some((one) => matcherOf(one)(demand)));
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("what fits into the inline policy stays in it, as it is", () => {
  const whole = [statementOn("ecs:UpdateService", services(100)), statementOn("ecs:ListTasks", ["*"])];
  expect(split(whole)).toEqual({ inline: whole, managed: [] });
});

describe("a service that is added", () => {
  const grown = (from: number, to: number): number => {
    const [before, after] = [from, to].map((count) =>
      all(
        split([
          statementOn("ecs:UpdateService", services(count)),
          statementOn("ecs:DescribeServices", services(count)),
        ]),
      ),
    );
    return (after ?? []).filter((policy, index) => JSON.stringify(policy) !== JSON.stringify(before?.[index])).length;
  };

  test("changes its own policy alone while there is room", () => {
    expect(grown(300, 301)).toBe(1);
  });

  test("changes few of many", () => {
    const changes = Array.from({ length: 40 }, (_, index) => grown(300 + index, 301 + index));
    expect(changes.filter((count) => count === 1).length).toBeGreaterThanOrEqual(38);
  });

  test("does not depend on its place in the configuration", () => {
    const [forward, backward] = [services(300), services(300).toReversed()].map((list) =>
      all(split([statementOn("ecs:UpdateService", list)])).map((policy) =>
        policy.flatMap(({ Resource }) => Resource).toSorted(),
      ),
    );
    expect(forward).toEqual(backward);
  });
});

test("policies are filled before a role is refused", () => {
  const largest = Array.from({ length: 300 }, (_, index) => 700 + index).findLast(
    (count) => splitOverPolicies([statementOn("ecs:UpdateService", services(count))]).policies !== undefined,
  );
  const { characters, capacity } = splitOverPolicies([statementOn("ecs:UpdateService", services(largest ?? 0))]);
  expect(characters / capacity).toBeGreaterThan(0.97);
});

test("more than IAM holds is not split, and said", () => {
  expect(splitOverPolicies([statementOn("ecs:UpdateService", services(1000))], 10)).toEqual({
    characters: expect.any(Number),
    capacity: 71_680,
    policies: undefined,
  });
  expect(splitOverPolicies([statementOn("ecs:UpdateService", services(1000))], 25).policies).toBeDefined();
});
