import type { TaskDefinition } from "@aws-sdk/client-ecs";
import { DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import { GetParametersCommand } from "@aws-sdk/client-ssm";
import { count } from "../../lib/count.ts";
import { check } from "../checking/check.ts";
import { problem, problemsOr, type Finding } from "../checking/finding.ts";
import { serviceName } from "../checking/scope.ts";
import { isLikelySecret } from "../checking/likely-secret.ts";
import type { CheckedAccount, CheckContext } from "../checking/context.ts";

type SecretState = "exists" | "absent" | "scheduled for deletion" | "unknown";
type Facts = { service: string; secrets: readonly { reference: string; state: SecretState }[] };

/** Do the secrets of task definitions exist? Never reads their values. */
export const taskSecretsCheck = check("secrets", "Secrets of tasks", {
  targets: ({ scope }) => scope.services,
  gather: async (context, target): Promise<Facts | undefined> => {
    const { account, taskDefinition } = await context.service(target);
    if (account === undefined || typeof taskDefinition === "string") return undefined;
    const references = [...new Set(referencesIn(taskDefinition))];
    return {
      service: serviceName(target),
      secrets: await Promise.all(
        references.map(async (reference) => ({ reference, state: await stateOf(context, account, reference) })),
      ),
    };
  },
  judge: (facts) => (facts === undefined ? [] : judgeSecrets(facts)),
});

export function judgeSecrets({ service, secrets }: Facts): Finding[] {
  const problems = secrets.flatMap(({ reference, state }) =>
    state === "absent" || state === "scheduled for deletion"
      ? [
          problem(
            "service.secret-absent",
            service,
            `${reference} ${state === "absent" ? "does not exist" : `is ${state}`}`,
          ),
        ]
      : [],
  );
  if (problems.length === 0 && secrets.some(({ state }) => state === "unknown")) return [];
  return problemsOr(
    problems,
    "secrets",
    service,
    secrets.length === 0
      ? "the task definition names no secrets"
      : `${count(secrets.length, "secret")} exist${secrets.length === 1 ? "s" : ""}`,
  );
}

function referencesIn({ containerDefinitions = [] }: TaskDefinition): string[] {
  return containerDefinitions
    .flatMap(({ secrets = [], logConfiguration }) => [...secrets, ...(logConfiguration?.secretOptions ?? [])])
    .flatMap(({ valueFrom }) => valueFrom ?? []);
}

/** @param reference name or ARN of a parameter, or `arn:aws:secretsmanager:region:account:secret:name-AbCdEf` with optional key, stage and version */
async function stateOf({ aws }: CheckContext, { clients }: CheckedAccount, reference: string): Promise<SecretState> {
  if (reference.split(":")[2] === "secretsmanager") {
    const SecretId = reference.split(":").slice(0, 7).join(":");
    const seen = await aws.read(
      { action: "secretsmanager:DescribeSecret", resource: SecretId, absent: ["ResourceNotFoundException"] },
      () => clients.secrets.send(new DescribeSecretCommand({ SecretId })),
    );
    if (typeof seen === "string") return seen;
    return seen.DeletedDate === undefined ? "exists" : "scheduled for deletion";
  }
  const seen = await aws.read({ action: "ssm:GetParameters", resource: reference }, () =>
    clients.ssm.send(new GetParametersCommand({ Names: [reference] })),
  );
  if (typeof seen === "string") return seen;
  return (seen.InvalidParameters ?? []).length > 0 ? "absent" : "exists";
}

type PlainFacts = { service: string; taskDefinition: TaskDefinition };

/** Do task definitions contain secrets as plain text? */
export const plainTextCheck = check("plain-text", "Secrets in plain text", {
  targets: ({ scope }) => scope.services,
  gather: async ({ service }, target): Promise<PlainFacts | undefined> => {
    const { taskDefinition } = await service(target);
    return typeof taskDefinition === "string" ? undefined : { service: serviceName(target), taskDefinition };
  },
  judge: (facts) => (facts === undefined ? [] : judgePlainText(facts)),
});

/** Findings name variables, never their values. */
export function judgePlainText({ service, taskDefinition }: PlainFacts): Finding[] {
  const problems = (taskDefinition.containerDefinitions ?? []).flatMap(({ name = "", environment = [] }) => {
    const secret = environment.filter((variable) => isLikelySecret(variable.name ?? "", variable.value ?? ""));
    if (secret.length === 0) return [];
    const seen = `the container ${name} has ${secret.map((variable) => variable.name).join(", ")} in its environment`;
    return [problem("service.plain-text-secret", service, seen)];
  });
  return problemsOr(problems, "plain-text", service, "no environment variable is a likely secret");
}
