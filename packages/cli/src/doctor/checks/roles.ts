import { GetRoleCommand } from "@aws-sdk/client-iam";
import * as v from "valibot";
import type { ReadResult } from "../checking/aws-reader.ts";
import { count } from "../../lib/count.ts";
import { check } from "../checking/check.ts";
import { problem, problemsOr, type Finding } from "../checking/finding.ts";
import { serviceName } from "../checking/scope.ts";

type Facts = { service: string; roles: readonly { arn: string; trustPolicy: ReadResult<string> }[] };

/** Can tasks assume the roles of their task definition? */
export const rolesCheck = check("roles", "Roles of tasks", {
  targets: ({ scope }) => scope.services,
  gather: async ({ aws, service }, target): Promise<Facts | undefined> => {
    const { account, taskDefinition } = await service(target);
    if (account === undefined || typeof taskDefinition === "string") return undefined;
    const arns = new Set([taskDefinition.executionRoleArn, taskDefinition.taskRoleArn]);
    return {
      service: serviceName(target),
      roles: await Promise.all(
        [...arns]
          .filter((arn) => arn !== undefined && arn !== "")
          .map(async (arn = "") => ({
            arn,
            trustPolicy: await aws.read(
              { action: "iam:GetRole", resource: arn, absent: ["NoSuchEntity", "NoSuchEntityException"] },
              async () => {
                const RoleName = arn.slice(arn.lastIndexOf("/") + 1);
                const { Role } = await account.clients.iam.send(new GetRoleCommand({ RoleName }));
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
  if (roles.some(({ trustPolicy }) => trustPolicy === "unknown")) return [];
  const problems = roles.flatMap(({ arn, trustPolicy }) => {
    if (trustPolicy === "absent") return [problem("service.role-absent", service, `the role ${arn} does not exist`)];
    if (allowsTasks(trustPolicy)) return [];
    return [
      problem("service.role-trust", service, `the trust policy of ${arn} does not allow ecs-tasks.amazonaws.com`),
    ];
  });
  return problemsOr(
    problems,
    "roles",
    service,
    roles.length === 0 ? "the task definition names no roles" : `tasks can assume ${count(roles.length, "role")}`,
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

/** Ignores conditions: only the start of a task shows whether they are met. */
function allowsTasks(text: string): boolean {
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
