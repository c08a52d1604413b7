import { describe, expect, test } from "vitest";
import { answer, ecsFunction, lambdaRig } from "./lambda-rig.fixture.ts";

/** What the requests of a world's functions say of who made them, and when. */
async function world(instances: "reused" | "fresh" = "reused") {
  const signed: { date: unknown; key: string; userAgent: string | undefined }[] = [];
  const rig = await lambdaRig(
    ({ headers }, response, key) => {
      const date = headers["x-amz-date"];
      // Each of the SDK's builds tells a version of its own.
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
  test("has time, credentials and connections of the instance that uses it", async () => {
    const [one, other] = [await world(), await world()];
    await other.clock.advance(3_600_000);

    await Promise.all([one.invoke(), other.invoke()]);
    await one.invoke();

    expect(one.signed.map(({ date }) => date)).toEqual(["20260105T090000Z", "20260105T090000Z"]);
    expect(other.signed.map(({ date }) => date)).toEqual(["20260105T100000Z"]);
    expect(other.signed[0]?.userAgent).toContain("exec-env/AWS_Lambda");
  });

  test("makes the requests that it makes within a bundle", async () => {
    const [shared, whole] = [await world(), await world("fresh")];
    expect(await shared.invoke()).toEqual(await whole.invoke());
    expect(shared.signed).toEqual(whole.signed);
  });

  test("leaves the bundle small, and everything else in it", async () => {
    const { lambda } = await world();
    const [bundle] = await lambda.bundles();
    expect(bundle?.sizeBytes).toBeLessThan(2_000);
    expect(bundle?.code).toContain("DescribeClustersCommand");
  });
});
