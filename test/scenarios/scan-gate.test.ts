import { StartExecutionCommand } from "@aws-sdk/client-sfn";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { ScanGate } from "@lockmaster/core/config/gates.ts";
import type { ScenarioInput } from "@lockmaster/local-aws";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commits, onEveryService, openScenario, openShop, reasonOf, type Shop, statesOf } from "./shop.fixture.ts";

type ScanInput = NonNullable<ScenarioInput["scans"]>[number];

const repository = "acme/shop";

const critical = {
  id: "CVE-2026-31337",
  severity: "CRITICAL",
  package: "openssl",
  installedVersion: "3.0.1",
  fixedVersion: "3.0.2",
  link: "https://nvd.nist.gov/vuln/detail/CVE-2026-31337",
} as const;

const badBackend = (scan: Partial<ScanInput>): ScenarioInput => ({
  scans: [{ repository: "shop/backend", commit: "b", ...scan }],
});
const vulnerable = badBackend({ type: "enhanced", findings: [critical] });

const waiver = {
  id: critical.id,
  images: ["backend"],
  owner: "platform",
  reason: "not reachable from outside",
  until: "2026-01-09",
  addedBy: "arn:aws:iam::111122223333:user/operator",
  addedAt: "2026-01-05T09:30:00.000Z",
};

/** Changes staging's scan gate. */
function withGate(gate: Partial<ScanGate>) {
  return (configuration: Configuration): Configuration => {
    const changed = structuredClone(configuration);
    Object.assign(changed.repositories[repository]?.environments["staging"]?.gates.scan ?? {}, gate);
    return changed;
  };
}

describe("an image with a critical finding", () => {
  test("is refused before any change; a waiver and a Redrive pass it", async () => {
    const shop = await openScenario(vulnerable);
    const { release, execution } = await shop.release(commits.bad);
    expect(execution.status).toBe("FAILED");
    expect(statesOf(execution)).not.toContain("Snapshot services");
    expect(reasonOf(execution)).toMatch(/^RejectedError: SCAN_REFUSED: image backend /);
    for (const named of [
      ...Object.values(critical).filter((text) => text !== "CRITICAL"),
      "critical",
      "lockmaster waive",
    ]) {
      expect(reasonOf(execution)).toContain(named);
    }
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    const { id, link } = critical;
    expect((await shop.record(release)).judgements?.["backend"]?.scan).toEqual({
      result: "refused",
      counts: { critical: 1 },
      refusedBy: [
        { id, severity: "critical", package: "openssl", installedVersion: "3.0.1", fixedVersion: "3.0.2", link },
      ],
    });

    await shop.rehearsal.ledger.addWaiver(repository, waiver);
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.bad));
    expect((await shop.record(release)).judgements).toMatchObject({
      backend: { scan: { result: "passed", waived: [{ id, owner: "platform", until: "2026-01-09" }] } },
      frontend: { scan: { result: "passed", counts: { low: 2 } } },
    });
    const events = shop.execution(release).history.map((event) => JSON.stringify(event));
    expect(events.some((text) => text.includes("then the finding refuses the image"))).toBe(true);
  });

  test("passes with a waiver and a new execution, without another build", async () => {
    const shop = await openScenario(vulnerable);
    const { execution } = await shop.release(commits.bad);
    await shop.rehearsal.ledger.addWaiver(repository, waiver);
    const { stateMachineArn } = shop.rehearsal.installation;
    const started = await shop.stepFunctions.send(
      new StartExecutionCommand({ stateMachineArn, name: "again", input: execution.input }),
    );
    const again = await shop.waitForEnd({ name: "again", executionArn: started.executionArn ?? "" });
    expect(again.status).toBe("SUCCEEDED");
    expect(await shop.builds()).toEqual(["backend bbbbbbb", "frontend bbbbbbb"]);
  });

  describe("is refused when the waiver", () => {
    let shop: Shop;
    beforeAll(async () => {
      shop = await openShop(vulnerable);
    });
    afterAll(() => shop.close());

    test.each([
      ["has expired", { until: "2026-01-04" }],
      ["names another finding", { id: "CVE-2026-3133" }],
      ["names another image", { images: ["frontend"] }],
      ["names another environment", { environments: ["production"] }],
      ["was revoked", { revokedAt: "2026-01-05T09:31:00.000Z", revokedBy: waiver.addedBy }],
    ])("%s", async (_, changes) => {
      await shop.rehearsal.ledger.addWaiver(repository, { ...waiver, ...changes });
      const { execution } = await shop.release(commits.bad);
      expect(reasonOf(execution)).toContain("SCAN_REFUSED");
      expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    });
  });

  test("passes if the gate is disabled, and the record says so", async () => {
    const shop = await openScenario(vulnerable, { configure: withGate({ enabled: false }) });
    const { release, execution } = await shop.release(commits.bad);
    expect(execution.status).toBe("SUCCEEDED");
    expect((await shop.record(release)).judgements?.["backend"]?.scan).toEqual({ result: "disabled", counts: {} });
  });
});

describe("a scan", () => {
  test("that never ends refuses the image at the deadline; a Redrive waits again", async () => {
    const shop = await openScenario(badBackend({ status: "IN_PROGRESS" }));
    const release = await shop.startRelease(commits.bad);
    await shop.waitForState(release, "Check scan");
    const began = shop.clock.now();
    const execution = await shop.waitForEnd(release);
    expect(reasonOf(execution)).toMatch(/^RejectedError: SCAN_DEADLINE_EXCEEDED: image backend .*IN_PROGRESS/);
    expect(shop.clock.now() - began).toBeGreaterThanOrEqual(15 * 60_000);
    expect(shop.clock.now() - began).toBeLessThan(16 * 60_000);
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    const redriven = shop.clock.now();
    expect((await shop.redrive(release)).status).toBe("FAILED");
    expect(shop.clock.now() - redriven).toBeGreaterThanOrEqual(15 * 60_000);
  });

  test("has its full time after a Redrive that builds the image first", async () => {
    const fails = { phase: "BUILD", message: "exit status 1" } as const;
    const shop = await openScenario({
      ...badBackend({ beginsSeconds: 0, seconds: 60 }),
      builds: [
        { image: "backend", times: 1, fails },
        { image: "backend", seconds: 20 * 60 },
      ],
    });
    const { release, execution } = await shop.release(commits.bad);
    expect(reasonOf(execution)).toContain("BUILD_FAILED");
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
  });

  test("that is COMPLETE without findings is read again", async () => {
    const shop = await openScenario(
      badBackend({ beginsSeconds: 0, seconds: 0, emptySeconds: 60, findings: [critical] }),
    );
    expect(reasonOf((await shop.release(commits.bad)).execution)).toContain("SCAN_REFUSED");
  });

  test.each([
    ["without a time", { timeWithoutFindings: false }],
    ["with a time", { timeWithoutFindings: true }],
  ])("of Inspector that finds nothing passes soon, long before the deadline: %s", async (_, rule) => {
    const shop = await openScenario(badBackend({ type: "enhanced", beginsSeconds: 0, seconds: 0, ...rule }));
    const release = await shop.startRelease(commits.bad);
    await shop.waitForState(release, "Check scan");
    const began = shop.clock.now();
    await shop.waitForState(release, "Snapshot services");
    expect(shop.clock.now() - began).toBeGreaterThanOrEqual(30_000);
    expect(shop.clock.now() - began).toBeLessThan(120_000);
    expect((await shop.waitForEnd(release)).status).toBe("SUCCEEDED");
    expect((await shop.record(release)).judgements?.["backend"]?.scan).toMatchObject({ result: "passed", counts: {} });
  });

  test.each([
    [
      "after harmless ones",
      [
        { id: "CVE-2026-1", severity: "LOW" },
        { ...critical, afterSeconds: 25 },
      ],
    ],
    ["after an answer without findings", [{ ...critical, afterSeconds: 25 }]],
    [
      "in the third instalment",
      [
        { id: "CVE-2026-1", severity: "LOW" },
        { id: "CVE-2026-2", severity: "LOW", afterSeconds: 20 },
        { ...critical, afterSeconds: 75 },
      ],
    ],
  ] satisfies [string, ScanInput["findings"]][])(
    "of Inspector that finds something critical %s refuses the image",
    async (_, findings) => {
      const shop = await openScenario(badBackend({ type: "enhanced", beginsSeconds: 0, seconds: 0, findings }));
      expect(reasonOf((await shop.release(commits.bad)).execution)).toContain("SCAN_REFUSED");
      expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    },
  );

  test("of Inspector is refused with the findings of all instalments", async () => {
    const second = { ...critical, id: "CVE-2026-31338", afterSeconds: 20 };
    const shop = await openScenario(badBackend({ type: "enhanced", findings: [critical, second] }));
    const reason = reasonOf((await shop.release(commits.bad)).execution);
    expect(reason).toContain(critical.id);
    expect(reason).toContain(second.id);
  });

  test("that fails refuses the image with ECR's description and a remedy", async () => {
    const shop = await openScenario(badBackend({ status: "LIMIT_EXCEEDED", description: "Quota of the day" }));
    const { execution } = await shop.release(commits.bad);
    expect(reasonOf(execution)).toMatch(/SCAN_FAILED: image backend .*LIMIT_EXCEEDED \(Quota of the day\).*is used up/);
  });

  test("that does not support the image refuses it, unless the policy allows it", async () => {
    const scenario = badBackend({ status: "UNSUPPORTED_IMAGE" });
    const strict = await openScenario(scenario);
    expect(reasonOf((await strict.release(commits.bad)).execution)).toContain("SCAN_UNSUPPORTED");
    const lenient = await openScenario(scenario, { configure: withGate({ unsupported: "allow" }) });
    const { release, execution } = await lenient.release(commits.bad);
    expect(execution.status).toBe("SUCCEEDED");
    expect((await lenient.record(release)).judgements?.["backend"]?.scan?.result).toBe("unsupported");
  });

  test("of an index is that of its image, not of its attestation", async () => {
    const shop = await openScenario({ builds: [{ image: "backend", makes: { attested: true } }], ...vulnerable });
    expect((await shop.release(commits.good)).execution.status).toBe("SUCCEEDED");
    expect(reasonOf((await shop.release(commits.bad)).execution)).toContain("SCAN_REFUSED");
  });
});
