import { GetRoleCommand } from "@aws-sdk/client-iam";
import * as v from "valibot";
import type { Seen } from "../checking/asking.ts";
import { check } from "../checking/check.ts";
import { trouble, troublesOr, type Finding } from "../checking/finding.ts";
import { serviceName } from "../checking/scope.ts";

type Facts = { service: string; roles: readonly { arn: string; trustPolicy: Seen<string> }[] };

/** Can tasks be given the roles that their definition names? */
export const rolesCheck = check("roles", "Roles of tasks", {
  targets: ({ scope }) => scope.services,
  gather: async ({ asking, service }, target): Promise<Facts | undefined> => {
    const { place, taskDefinition } = await service(target);
    if (place === undefined || typeof taskDefinition === "string") return undefined;
    const arns = new Set([taskDefinition.executionRoleArn, taskDefinition.taskRoleArn]);
    return {
      service: serviceName(target),
      roles: await Promise.all(
        [...arns]
          .filter((arn) => arn !== undefined && arn !== "")
          .map(async (arn = "") => ({
            arn,
            trustPolicy: await asking.ask(
              { action: "iam:GetRole", resource: arn, absent: ["NoSuchEntity", "NoSuchEntityException"] },
              async () => {
                const RoleName = arn.slice(arn.lastIndexOf("/") + 1);
                const { Role } = await place.clients.iam.send(new GetRoleCommand({ RoleName }));
                return decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "");
              },
            ),
          })),
      ),
    };
  },
  judge: (facts) => (facts === undefined ? [] : judgeRoles(facts)),
});

export function judgeRoles({ service, roles }: Facts): Finding[] {
  if (roles.some(({ trustPolicy }) => trustPolicy === "unseen")) return [];
  const troubles = roles.flatMap(({ arn, trustPolicy }) => {
    if (trustPolicy === "absent") return [trouble("service.role-absent", service, `there is no role ${arn}`)];
    if (trustsTasks(trustPolicy)) return [];
    return [trouble("service.role-trust", service, `ecs-tasks.amazonaws.com may not assume ${arn}`)];
  });
  return troublesOr(
    troubles,
    "roles",
    service,
    roles.length === 0 ? "none named" : `${roles.length} can be given to tasks`,
  );
}

const oneOrMore = <Schema extends v.GenericSchema>(schema: Schema) => v.union([v.array(schema), schema]);

const TrustPolicy = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    Statement: oneOrMore(
      v.object({
        Effect: v.string(),
        Action: oneOrMore(v.string()),
        Principal: v.union([v.literal("*"), v.object({ Service: v.optional(oneOrMore(v.string()), []) })]),
      }),
    ),
  }),
);

/** Conditions are not judged: whether they hold is known when a task starts. */
function trustsTasks(text: string): boolean {
  const policy = v.safeParse(TrustPolicy, text);
  if (!policy.success) return false;
  return [policy.output.Statement].flat().some(({ Effect, Action, Principal }) => {
    const services = Principal === "*" ? [] : [Principal.Service].flat();
    return (
      Effect === "Allow" &&
      [Action].flat().some((action) => action === "sts:AssumeRole" || action === "sts:*" || action === "*") &&
      services.includes("ecs-tasks.amazonaws.com")
    );
  });
}
