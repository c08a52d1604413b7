import { DescribeTaskDefinitionCommand, type ECSClient, type Task } from "@aws-sdk/client-ecs";
import { RejectedError } from "@lockmaster/core/lib/errors.ts";
import { withTranslatedErrors } from "../lib/errors.ts";

/** Names of the essential containers of each task definition, by ARN; absent where ECS refuses to describe it. */
export type EssentialContainers = (tasks: readonly Task[]) => Promise<ReadonlyMap<string, ReadonlySet<string>>>;

/** DescribeTasks does not say which containers are essential. A task definition never changes, so each is read once. */
export function essentialContainers(client: ECSClient): EssentialContainers {
  const known = new Map<string, ReadonlySet<string>>();
  return async (tasks) => {
    const arns = new Set(tasks.flatMap(({ taskDefinitionArn }) => taskDefinitionArn ?? []));
    await Promise.all(
      [...arns].map(async (taskDefinition) => {
        if (known.has(taskDefinition)) return;
        const names = await namesOf(client, taskDefinition);
        if (names !== undefined) known.set(taskDefinition, names);
      }),
    );
    return known;
  };
}

async function namesOf(client: ECSClient, taskDefinition: string): Promise<ReadonlySet<string> | undefined> {
  try {
    const answer = await withTranslatedErrors({ action: "ecs:DescribeTaskDefinition", resource: taskDefinition }, () =>
      client.send(new DescribeTaskDefinitionCommand({ taskDefinition })),
    );
    const containers = answer.taskDefinition?.containerDefinitions ?? [];
    return new Set(containers.filter(({ essential }) => essential !== false).map(({ name = "" }) => name));
  } catch (error) {
    // Without it every container counts as essential.
    if (error instanceof RejectedError) return undefined;
    throw error;
  }
}
