/** Allowed and used permissions, by role, action and resource. */
import { type Grant, matcherOf } from "@lockmaster/local-aws";
import type { Resolved } from "@lockmaster/installation/permissions/policy.ts";

export type Usage = { allowed: ReadonlySet<string>; used: ReadonlySet<string> };

/** @param grants permissions that were used under these policies */
export function usageOf(who: string, resolved: readonly Resolved[], grants: readonly Grant[]): Usage {
  const allowed = new Set<string>();
  const used = new Set<string>();
  for (const { permission, resources, condition } of resolved) {
    const on =
      permission.on === "*"
        ? [{ name: "*", Resource: "*" as const }]
        : resources.map(({ resource, arns }) => ({ name: resource, Resource: arns }));
    for (const action of permission.actions) {
      for (const { name, Resource } of on) {
        const key = `${who}: ${action} on ${permission.partition ?? name}`;
        allowed.add(key);
        const matches = matcherOf({
          Effect: "Allow",
          Action: [action],
          Resource,
          ...(condition && { Condition: condition }),
        });
        if (grants.some(matches)) used.add(key);
      }
    }
  }
  return { allowed, used };
}

/** Of several policies of the same. */
export function together(usages: readonly Usage[]): Usage {
  const all = (which: keyof Usage) => new Set(usages.flatMap((usage) => [...usage[which]]));
  return { allowed: all("allowed"), used: all("used") };
}
