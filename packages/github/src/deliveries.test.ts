import { generateKeyPairSync } from "node:crypto";
import { type ScenarioInput, startLocalAws } from "@lockmaster/local-aws";
import { describe, expect, onTestFinished, test } from "vitest";
import { githubDeliveries } from "./deliveries.ts";

const { publicKey, privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const app = { id: "4711", publicKey, repositories: ["acme/shop"] };
const appSecret = JSON.stringify({ appId: "4711", privateKey });
const failed = (id: string, minute = 0) => ({
  id,
  guid: `guid-${id}`,
  deliveredAt: new Date(minute * 60_000).toISOString(),
});

async function deliveriesOf(github: ScenarioInput["github"], secret: string | undefined = appSecret) {
  const aws = await startLocalAws({ scenario: { github: { apps: [app], ...github } } });
  onTestFinished(() => aws.close());
  return await githubDeliveries({ baseUrl: aws.urls.github, secret: () => Promise.resolve(secret) });
}

describe("GitHub's deliveries", () => {
  test("are all listed, and only those that were answered with 2xx have succeeded", async () => {
    const codes = [0, 199, 200, 202, 301, 400, 404, 500, 504, 599];
    const given = codes.map((statusCode, index) => ({ ...failed(String(index + 1), index), statusCode }));
    const deliveries = await deliveriesOf({ deliveries: given });
    const found = await deliveries?.page();
    const succeeded = found?.deliveries.filter((one) => one.succeeded).map(({ id }) => codes[Number(id) - 1]);
    expect(found?.deliveries).toHaveLength(codes.length);
    expect(succeeded).toEqual([202, 200]);
  });

  test("are listed page by page, the newest first", async () => {
    const all = Array.from({ length: 130 }, (_, index) => failed(String(index + 1), index));
    const deliveries = await deliveriesOf({ deliveries: all });
    const first = await deliveries?.page();
    const second = await deliveries?.page(first?.next);
    const ids = [...(first?.deliveries ?? []), ...(second?.deliveries ?? [])].map(({ id }) => id);
    expect(ids).toEqual(all.map(({ id }) => id).toReversed());
    expect(second?.next).toBeUndefined();
    expect(first?.deliveries[0]).toEqual({
      id: "130",
      guid: "guid-130",
      deliveredAt: "1970-01-01T02:09:00.000Z",
      succeeded: false,
      tooLarge: false,
      redelivery: false,
    });
  });

  test("can have ids that are too large for a number", async () => {
    const id = "180013427908116487";
    const deliveries = await deliveriesOf({ deliveries: [{ ...failed(id), againStatusCode: 500 }] });
    const found = await deliveries?.page();
    expect(found?.deliveries[0]?.id).toBe(id);
    await deliveries?.redeliver(id);
    expect((await deliveries?.page())?.deliveries[0]).toMatchObject({ redelivery: true, guid: `guid-${id}` });
  });

  test.each([
    ["no credentials", undefined],
    ["a token", JSON.stringify({ token: "github_pat_11AAAAAAA0example" })],
  ])("cannot be listed with %s", async (_, secret) => {
    const aws = await startLocalAws();
    onTestFinished(() => aws.close());
    const source = { baseUrl: aws.endpoint, secret: () => Promise.resolve(secret) };
    expect(await githubDeliveries(source)).toBeUndefined();
  });

  test("can be listed later when GitHub fails", async () => {
    const deliveries = await deliveriesOf({ troubles: [{ request: "deliveries", status: 502 }] });
    await expect(deliveries?.page()).rejects.toMatchObject({ name: "RetryableError", code: "GITHUB_UNAVAILABLE" });
    await expect(deliveries?.redeliver("1")).rejects.toMatchObject({ code: "GITHUB_UNAVAILABLE" });
  });
});
