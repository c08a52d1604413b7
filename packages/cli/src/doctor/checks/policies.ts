import { sizesOfRoles, type SizedRole } from "@lockmaster/installation/permissions/installation-roles.ts";
import { count } from "../../lib/count.ts";
import { check } from "../checking/check.ts";
import { problem, problemsOr, type Finding } from "../checking/finding.ts";

type Facts = { account: string; roles: readonly Pick<SizedRole, "name" | "remedy" | "size">[] };

/** Does IAM have room for the policies of every role? The deployment refuses the configuration otherwise. */
export const policiesCheck = check("quota.policies", "Quotas: policies", {
  targets: ({ configuration }) => [configuration],
  gather: async ({ home: { account, region, partition }, names }, configuration): Promise<Facts> => {
    const prefix = names?.buildProjectPrefix.replace(/-$/, "") ?? `${configuration.installation.name}-production`;
    return { account, roles: sizesOfRoles({ partition, account, region, prefix, configuration }) };
  },
  judge: judgePolicies,
});

export function judgePolicies({ account, roles }: Facts): Finding[] {
  const problems = roles
    .filter(({ size }) => size.policies === undefined)
    .map(({ name, remedy, size: { characters, capacity } }) => {
      const seen = `its policies need ${characters} characters; IAM has room for ${capacity}`;
      return problem("quota.policies", name, seen, { remedy });
    });
  const [largest] = roles.toSorted((one, other) => other.size.characters - one.size.characters);
  const managed = roles.reduce((sum, { size }) => sum + (size.policies?.managed.length ?? 0), 0);
  const seen =
    largest === undefined
      ? "no roles"
      : `${count(roles.length, "role")} with ${managed} managed policies fit; the largest, ${largest.name}, has ${largest.size.characters} of ${largest.size.capacity} characters`;
  return problemsOr(problems, "quota.policies", account, seen);
}
