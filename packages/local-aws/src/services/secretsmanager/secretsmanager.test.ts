import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { describe, expect, test } from "vitest";
import { failureOf, signed, startWire } from "../../protocol/wire.fixture.ts";
import { virtualClock } from "../../clock/virtual-clock.ts";
import { createSecretsManager } from "./secretsmanager.ts";

const tokens = { first: "1".repeat(32), second: "2".repeat(32), third: "3".repeat(32) };
const Name = "shop/webhook-secret";

async function setUp() {
  const clock = virtualClock();
  const { service } = createSecretsManager({
    clock,
    region: "us-east-1",
    accountId: "111122223333",
    random: () => 0.5,
  });
  const wire = await startWire({ services: [service] }, clock);
  const sdk = new SecretsManagerClient(wire.client);
  const created = await sdk.send(
    new CreateSecretCommand({ Name, SecretString: "one", ClientRequestToken: tokens.first, Description: "GitHub's" }),
  );
  return { clock, sdk, created, endpoint: wire.endpoint, ARN: created.ARN ?? "" };
}

describe("a secret", () => {
  test("has an ARN that ends in six random characters", async () => {
    const { ARN } = await setUp();
    expect(ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:111122223333:secret:shop\/webhook-secret-[\w]{6}$/);
  });

  test("is found by name, ARN and ARN without these characters", async () => {
    const { clock, sdk, ARN } = await setUp();
    for (const SecretId of [Name, ARN, ARN.slice(0, -7)]) {
      expect(await sdk.send(new GetSecretValueCommand({ SecretId }))).toMatchObject({
        ARN,
        Name,
        SecretString: "one",
        VersionId: tokens.first,
        VersionStages: ["AWSCURRENT"],
        CreatedDate: new Date(clock.now()),
      });
    }
  });

  test("keeps its previous value with the label AWSPREVIOUS", async () => {
    const { sdk } = await setUp();
    await sdk.send(
      new PutSecretValueCommand({ SecretId: Name, SecretBinary: Buffer.from([0]), ClientRequestToken: tokens.second }),
    );

    const current = await sdk.send(new GetSecretValueCommand({ SecretId: Name }));
    const previous = await sdk.send(new GetSecretValueCommand({ SecretId: Name, VersionStage: "AWSPREVIOUS" }));
    const first = await sdk.send(new GetSecretValueCommand({ SecretId: Name, VersionId: tokens.first }));

    expect(current).toMatchObject({ SecretBinary: new Uint8Array([0]), VersionStages: ["AWSCURRENT"] });
    expect(previous).toMatchObject({ SecretString: "one", VersionStages: ["AWSPREVIOUS"] });
    expect(first).toMatchObject({ SecretString: "one" });
  });

  test("is described without its value, and without versions that have no label", async () => {
    const { sdk } = await setUp();
    for (const ClientRequestToken of [tokens.second, tokens.third]) {
      await sdk.send(new PutSecretValueCommand({ SecretId: Name, SecretString: "more", ClientRequestToken }));
    }

    const described = await sdk.send(new DescribeSecretCommand({ SecretId: Name }));

    expect(described).toMatchObject({
      Description: "GitHub's",
      VersionIdsToStages: { [tokens.second]: ["AWSPREVIOUS"], [tokens.third]: ["AWSCURRENT"] },
    });
    expect(described).not.toHaveProperty("SecretString");
  });

  test("is not created twice by one request", async () => {
    const { sdk, created } = await setUp();

    const again = await sdk.send(
      new CreateSecretCommand({ Name, SecretString: "one", ClientRequestToken: tokens.first }),
    );

    expect(again).toMatchObject({ ARN: created.ARN, VersionId: tokens.first });
  });

  test.each<[string, (sdk: SecretsManagerClient) => Promise<unknown>, string]>([
    [
      "an unknown name",
      (sdk) => sdk.send(new GetSecretValueCommand({ SecretId: "other" })),
      "ResourceNotFoundException",
    ],
    [
      "an unknown label",
      (sdk) => sdk.send(new GetSecretValueCommand({ SecretId: Name, VersionStage: "X" })),
      "ResourceNotFoundException",
    ],
    [
      "an existing name",
      (sdk) => sdk.send(new CreateSecretCommand({ Name, SecretString: "two" })),
      "ResourceExistsException",
    ],
    [
      "a token of another value",
      (sdk) =>
        sdk.send(new PutSecretValueCommand({ SecretId: Name, SecretString: "two", ClientRequestToken: tokens.first })),
      "ResourceExistsException",
    ],
    ["no value at all", (sdk) => sdk.send(new PutSecretValueCommand({ SecretId: Name })), "InvalidRequestException"],
    ["an invalid name", (sdk) => sdk.send(new CreateSecretCommand({ Name: "a b" })), "InvalidParameterException"],
    [
      "a member that is not implemented",
      (sdk) => sdk.send(new CreateSecretCommand({ Name: "a", KmsKeyId: "k" })),
      "NotInLocalAws",
    ],
  ])("is refused: %s", async (_, call, name) => {
    const { sdk } = await setUp();
    expect(await failureOf(call(sdk))).toMatchObject({ name });
  });

  test("requires a token, which the SDKs generate", async () => {
    const { endpoint } = await setUp();

    const response = await fetch(endpoint, {
      method: "POST",
      headers: signed("secretsmanager", "secretsmanager.CreateSecret"),
      body: '{"Name":"a","SecretString":"b"}',
    });

    expect(await response.json()).toMatchObject({ __type: "InvalidRequestException" });
  });
});
