import { expect, test } from "vitest";
import { namesIn } from "./task-definitions.ts";

test("roles are named as the configuration names them: with their paths, in whatever partition", () => {
  const { roles } = namesIn({
    taskRoleArn: "arn:aws-cn:iam::111122223333:role/platform/role/runtime",
    executionRoleArn: "ecsTaskExecutionRole",
  });
  expect(roles).toEqual(["platform/role/runtime", "ecsTaskExecutionRole"]);
});

test("a task definition without roles and without logs names none", () => {
  const containerDefinitions = [{}, { logConfiguration: { options: { "awslogs-region": "eu-west-1" } } }];
  expect(namesIn({ family: "api", taskRoleArn: "", containerDefinitions })).toEqual({
    families: ["api"],
    roles: [],
    logGroups: [],
  });
});
