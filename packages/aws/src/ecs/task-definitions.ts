import type { ECSClient } from "@aws-sdk/client-ecs";
import { parseInput } from "@lockmaster/core/lib/parse.ts";
import type { TaskDefinitions } from "@lockmaster/core/ecs/ports.ts";
import { TaskDefinitionAnswer } from "@lockmaster/core/ecs/task-definition.ts";
import { describeTaskDefinitionRaw, registerTaskDefinitionRaw } from "./raw-json.ts";
import { incompleteAnswer, isAwsError, withTranslatedErrors } from "../lib/errors.ts";

/** Task definitions of ECS with every field that ECS sends, including those that the SDK does not know. */
export function ecsTaskDefinitions(client: ECSClient): TaskDefinitions {
  const describe = async (taskDefinition: string) =>
    parseInput(TaskDefinitionAnswer, await describeTaskDefinitionRaw(client, { taskDefinition, include: ["TAGS"] }));
  return {
    describe: (taskDefinition) => withTranslatedErrors(describing(taskDefinition), () => describe(taskDefinition)),
    latestActive: (family) =>
      withTranslatedErrors(describing(family), async () => {
        try {
          return await describe(family);
        } catch (error) {
          if (isMissingTaskDefinition(error)) return undefined;
          throw error;
        }
      }),
    async register(input) {
      const call = { action: "ecs:RegisterTaskDefinition", resource: input.family };
      const arn = await withTranslatedErrors(call, () => registerTaskDefinitionRaw(client, input));
      if (arn === undefined) throw incompleteAnswer(call, "the task definition's ARN");
      return arn;
    },
  };
}

/** ECS answers "Unable to describe task definition." also for a family without an ACTIVE revision. */
export const isMissingTaskDefinition = (error: unknown): boolean =>
  isAwsError(error, "ClientException") && /unable to describe/i.test(error.message);

const describing = (resource: string) => ({ action: "ecs:DescribeTaskDefinition", resource });
