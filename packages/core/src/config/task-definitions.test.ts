import { expect, test } from "vitest";
import { namesIn } from "./task-definitions.ts";

test("roles have their paths and no ARN, in every partition", () => {
  const { roles } = namesIn({
    taskRoleArn: "arn:aws-cn:iam::111122223333:role/platform/role/runtime",
    executionRoleArn: "ecsTaskExecutionRole",
  });
  expect(roles).toEqual(["platform/role/runtime", "ecsTaskExecutionRole"]);
});

test("a task definition without roles and logs has none", () => {
  const containerDefinitions = [{}, { logConfiguration: { options: { "awslogs-region": "eu-west-1" } } }];
  expect(namesIn({ family: "api", taskRoleArn: "", containerDefinitions })).toEqual({
    families: ["api"],
    roles: [],
    logGroups: [],
  });
});
