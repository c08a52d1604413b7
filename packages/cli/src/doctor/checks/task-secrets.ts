import type { TaskDefinition } from "@aws-sdk/client-ecs";
import { DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import { GetParametersCommand } from "@aws-sdk/client-ssm";
import { check } from "../checking/check.ts";
import { trouble, troublesOr, type Finding } from "../checking/finding.ts";
import { serviceName } from "../checking/scope.ts";
import { looksSecret } from "../checking/secret-looking.ts";
import type { CheckedAccount, Surroundings } from "../checking/surroundings.ts";

type SecretState = "there" | "absent" | "to be deleted" | "unseen";
type Facts = { service: string; secrets: readonly { reference: string; state: SecretState }[] };

/** Are the secrets there that tasks are started with? Their values are never asked for. */
export const taskSecretsCheck = check("secrets", "Secrets of tasks", {
  targets: ({ scope }) => scope.services,
  gather: async (around, target): Promise<Facts | undefined> => {
    const { place, taskDefinition } = await around.service(target);
    if (place === undefined || typeof taskDefinition === "string") return undefined;
    const references = [...new Set(referencesIn(taskDefinition))];
    return {
      service: serviceName(target),
      secrets: await Promise.all(
        references.map(async (reference) => ({ reference, state: await stateOf(around, place, reference) })),
      ),
    };
  },
  judge: (facts) => (facts === undefined ? [] : judgeSecrets(facts)),
});

export function judgeSecrets({ service, secrets }: Facts): Finding[] {
  const troubles = secrets.flatMap(({ reference, state }) =>
    state === "absent" || state === "to be deleted"
      ? [trouble("service.secret-absent", service, `${reference} is ${state}`)]
      : [],
  );
  if (troubles.length === 0 && secrets.some(({ state }) => state === "unseen")) return [];
  return troublesOr(
    troubles,
    "secrets",
    service,
    secrets.length === 0 ? "none named" : `all ${secrets.length} are there`,
  );
}

function referencesIn({ containerDefinitions = [] }: TaskDefinition): string[] {
  return containerDefinitions
    .flatMap(({ secrets = [], logConfiguration }) => [...secrets, ...(logConfiguration?.secretOptions ?? [])])
    .flatMap(({ valueFrom }) => valueFrom ?? []);
}

/** `arn:aws:secretsmanager:region:account:secret:name-AbCdEf`, and behind it key, stage and version, each of which may be empty. */
async function stateOf({ asking }: Surroundings, { clients }: CheckedAccount, reference: string): Promise<SecretState> {
  if (reference.split(":")[2] === "secretsmanager") {
    const SecretId = reference.split(":").slice(0, 7).join(":");
    const seen = await asking.ask(
      { action: "secretsmanager:DescribeSecret", resource: SecretId, absent: ["ResourceNotFoundException"] },
      () => clients.secrets.send(new DescribeSecretCommand({ SecretId })),
    );
    if (typeof seen === "string") return seen;
    return seen.DeletedDate === undefined ? "there" : "to be deleted";
  }
  const seen = await asking.ask({ action: "ssm:GetParameters", resource: reference }, () =>
    clients.ssm.send(new GetParametersCommand({ Names: [reference] })),
  );
  if (typeof seen === "string") return seen;
  return (seen.InvalidParameters ?? []).length > 0 ? "absent" : "there";
}

type PlainFacts = { service: string; taskDefinition: TaskDefinition };

/** Do task definitions hold what belongs into a secret? */
export const plainTextCheck = check("plain-text", "Secrets in plain text", {
  targets: ({ scope }) => scope.services,
  gather: async ({ service }, target): Promise<PlainFacts | undefined> => {
    const { taskDefinition } = await service(target);
    return typeof taskDefinition === "string" ? undefined : { service: serviceName(target), taskDefinition };
  },
  judge: (facts) => (facts === undefined ? [] : judgePlainText(facts)),
});

/** Names are told, values never. */
export function judgePlainText({ service, taskDefinition }: PlainFacts): Finding[] {
  const troubles = (taskDefinition.containerDefinitions ?? []).flatMap(({ name = "", environment = [] }) => {
    const secret = environment.filter((variable) => looksSecret(variable.name ?? "", variable.value ?? ""));
    if (secret.length === 0) return [];
    const seen = `the container ${name} has ${secret.map((variable) => variable.name).join(", ")} in its environment`;
    return [trouble("service.plain-text-secret", service, seen)];
  });
  return troublesOr(troubles, "plain-text", service, "nothing in the environment looks like a secret");
}
