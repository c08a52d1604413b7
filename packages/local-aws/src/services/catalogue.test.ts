import { CodeBuildClient, ListBuildsCommand } from "@aws-sdk/client-codebuild";
import { CreateClusterCommand, DescribeClustersCommand, ECSClient } from "@aws-sdk/client-ecs";
import { CreateRoleCommand, GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { describe, expect, onTestFinished, test } from "vitest";
import { failureOf } from "../protocol/wire.fixture.ts";
import { startLocalAws } from "../start-local-aws.ts";
import { virtualClock } from "../clock/virtual-clock.ts";

const role = "arn:aws:iam::444455556666:role/deployer";
const clusters = ["shop"];

async function setUp() {
  const aws = await startLocalAws({ clock: virtualClock(), roles: [role] });
  onTestFinished(() => aws.close());
  return aws;
}

type LocalAws = Awaited<ReturnType<typeof setUp>>;

async function clustersAt(aws: LocalAws, site?: Parameters<LocalAws["clientConfig"]>[0]) {
  const ecs = new ECSClient(aws.clientConfig(site));
  const { clusters: found = [] } = await ecs.send(new DescribeClustersCommand({ clusters }));
  return found.map(({ clusterArn }) => clusterArn);
}

test("each service is registered once", async () => {
  const names = (await setUp()).services.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
  expect(names).toEqual(
    expect.arrayContaining(["codebuild", "dynamodb", "ecr", "ecs", "github", "iam", "states", "sts"]),
  );
});

describe("another region or account", () => {
  test.each([
    [{ region: "eu-central-1" }, "arn:aws:ecs:eu-central-1:111122223333:cluster/shop"],
    [{ accountId: "444455556666" }, "arn:aws:ecs:us-east-1:444455556666:cluster/shop"],
    [{ region: "eu-central-1", accountId: "444455556666" }, "arn:aws:ecs:eu-central-1:444455556666:cluster/shop"],
  ])("has clusters of its own: %o", async (site, arn) => {
    const aws = await setUp();

    await new ECSClient(aws.clientConfig(site)).send(new CreateClusterCommand({ clusterName: "shop" }));

    expect(await clustersAt(aws, site)).toEqual([arn]);
    expect(await clustersAt(aws)).toEqual([]);
  });

  test("shares IAM's roles with the other regions of its account", async () => {
    const aws = await setUp();
    const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [] });
    const iam = new IAMClient(aws.clientConfig());
    await iam.send(new CreateRoleCommand({ RoleName: "task", AssumeRolePolicyDocument }));

    const there = new IAMClient(aws.clientConfig({ region: "eu-central-1" }));
    expect((await there.send(new GetRoleCommand({ RoleName: "task" }))).Role?.RoleName).toBe("task");
  });

  test("is where a role's session acts", async () => {
    const aws = await setUp();
    await new ECSClient(aws.clientConfig({ accountId: "444455556666" })).send(
      new CreateClusterCommand({ clusterName: "shop" }),
    );
    const assume = new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "release" });
    const { Credentials } = await new STSClient(aws.clientConfig()).send(assume);
    const { AccessKeyId: accessKeyId = "", SecretAccessKey: secretAccessKey = "" } = Credentials ?? {};

    const ecs = new ECSClient({ ...aws.clientConfig(), credentials: { accessKeyId, secretAccessKey } });
    const { clusters: found } = await ecs.send(new DescribeClustersCommand({ clusters }));

    expect(found).toMatchObject([{ clusterArn: "arn:aws:ecs:us-east-1:444455556666:cluster/shop" }]);
  });

  test("does not have the services that are at home only", async () => {
    const aws = await setUp();
    const codebuild = new CodeBuildClient(aws.clientConfig({ region: "eu-central-1" }));

    expect(await failureOf(codebuild.send(new ListBuildsCommand({})))).toMatchObject({
      name: "NotInLocalAws",
      message: expect.stringContaining("in the region eu-central-1 of the account 111122223333"),
    });
  });
});
