import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { largeInput } from "@lockmaster/installation/permissions/large-configuration.fixture.ts";
import { sizeOf } from "@lockmaster/installation/permissions/role-policies.ts";
import type { Recording } from "./recorded.ts";
import { ofType } from "./resources.ts";
import { synth } from "./synth.ts";

const Named = v.object({ name: v.string(), policy: v.string() });
const Attached = v.object({
  name: v.string(),
  inlinePolicies: v.optional(v.array(v.object({ policy: v.string() })), []),
  managedPolicyArns: v.optional(v.array(v.string()), []),
});

const sizeOfText = (text: string): number =>
  sizeOf(v.parse(v.object({ Statement: v.array(v.unknown()) }), JSON.parse(text)).Statement);

/** What IAM would refuse, and what is attached nowhere. */
function problemsOf(recording: Recording): string[] {
  const policies = ofType(recording, "iam/policy:Policy").map(({ inputs }) => v.parse(Named, inputs));
  const roles = ofType(recording, "iam/role:Role").map(({ inputs }) => v.parse(Attached, inputs));
  const attached = roles.flatMap(({ managedPolicyArns }) => managedPolicyArns);
  return [
    ...roles.flatMap(({ name, inlinePolicies, managedPolicyArns }) => [
      ...(inlinePolicies.reduce((sum, { policy }) => sum + sizeOfText(policy), 0) > 10_240 ? [`${name}: inline`] : []),
      ...(managedPolicyArns.length > 10 ? [`${name}: ${managedPolicyArns.length} managed policies`] : []),
    ]),
    ...policies.flatMap(({ name, policy }) => [
      ...(sizeOfText(policy) > 6144 ? [`${name}: ${sizeOfText(policy)}`] : []),
      ...(name.length > 128 ? [`${name}: too long`] : []),
      ...(attached.filter((arn) => arn.endsWith(`:policy/${name}`)).length === 1 ? [] : [`${name}: not attached once`]),
    ]),
  ];
}

describe("an installation of 60 environments with 50 services and a role each, and 35 images", async () => {
  const size = { environments: 60, services: 50, images: 35, ownRoles: "111122223333" };
  const startedAt = performance.now();
  const recording = await synth({ configuration: largeInput(size) });
  const seconds = (performance.now() - startedAt) / 1000;

  test("is within IAM's quotas", () => {
    expect(problemsOf(recording)).toEqual([]);
  });

  test("is synthesised within a minute", ({ annotate }) => {
    void annotate(`${recording.resources.length} resources in ${seconds.toFixed(1)} s`);
    expect(seconds).toBeLessThan(60);
  });
});

describe("an installation of 60 environments in Lockmaster's account", async () => {
  const recording = await synth({ configuration: largeInput({ environments: 60 }) });

  test("has managed policies with stable names, within IAM's quotas", () => {
    const names = ofType(recording, "iam/policy:Policy").map(({ inputs }) => inputs["name"]);
    expect(names).toContain("lockmaster-staging-run-task-1");
    expect(problemsOf(recording)).toEqual([]);
  });
});

test("an installation of 60 environments with 50 services each in Lockmaster's account is refused before anything is created", async () => {
  const refused = synth({ configuration: largeInput({ environments: 60, services: 50 }) });
  await expect(refused).rejects.toThrow(
    /lockmaster-staging-deploy-service: \d+ characters, and IAM has room for 71680: give environments a role of their own/,
  );
});
