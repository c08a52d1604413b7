import { describe, expect, test } from "vitest";
import { answer, ecsFunction, lambdaRig } from "./lambda-rig.fixture.ts";

/** A runtime with a function, and the caller and time of each of its requests. */
async function setUp(instances: "reused" | "fresh" = "reused") {
  const signed: { date: unknown; key: string; userAgent: string | undefined }[] = [];
  const rig = await lambdaRig(
    ({ headers }, response, key) => {
      const date = headers["x-amz-date"];
      // Each build of the SDK has its own version.
      const userAgent = headers["user-agent"]?.replaceAll(/\d+\.\d+\.\d+/g, "*");
      signed.push({ date, key, userAgent });
      answer(response, 200, { clusters: [] });
    },
    undefined,
    instances,
  );
  return { ...rig, signed, invoke: await rig.define("waits", ecsFunction) };
}

describe("the SDK, loaded once for all instances", () => {
  test("has the time, credentials and connections of the instance that uses it", async () => {
    const [one, other] = [await setUp(), await setUp()];
    await other.clock.advance(3_600_000);

    await Promise.all([one.invoke(), other.invoke()]);
    await one.invoke();

    expect(one.signed.map(({ date }) => date)).toEqual(["20260105T090000Z", "20260105T090000Z"]);
    expect(other.signed.map(({ date }) => date)).toEqual(["20260105T100000Z"]);
    expect(other.signed[0]?.userAgent).toContain("exec-env/AWS_Lambda");
  });

  test("makes the same requests as within a bundle", async () => {
    const [shared, whole] = [await setUp(), await setUp("fresh")];
    expect(await shared.invoke()).toEqual(await whole.invoke());
    expect(shared.signed).toEqual(whole.signed);
  });

  test("is not in the bundle, which contains the rest", async () => {
    const { lambda } = await setUp();
    const [bundle] = await lambda.bundles();
    expect(bundle?.sizeBytes).toBeLessThan(2_000);
    expect(bundle?.code).toContain("DescribeClustersCommand");
  });
});
