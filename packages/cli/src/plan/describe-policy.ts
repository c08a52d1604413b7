import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import { severities } from "@lockmaster/core/config/gates.ts";

/** The gates that an image must pass before it is deployed, one line per gate. */
export function describeGates({ gates: { scan, image } }: EnvironmentConfiguration): string[] {
  return [`scan   ${describeScan(scan)}`, `image  ${describeImage(image)}`];
}

function describeScan(gate: EnvironmentConfiguration["gates"]["scan"]): string {
  if (!gate.enabled) return "off";
  const limits = severities.flatMap((severity) => {
    const most = gate.maximum[severity];
    return most === undefined ? [] : [`${most} ${severity}`];
  });
  return [
    `at most ${limits.join(", ")}`,
    ...(gate.fixableOnly ? ["counting only findings with a fix"] : []),
    `within ${gate.deadlineMinutes} minutes`,
    ...(gate.unsupported === "allow" ? ["images that cannot be scanned pass"] : []),
  ].join("; ");
}

function describeImage(gate: EnvironmentConfiguration["gates"]["image"]): string {
  const { maximumMegabytes, maximumGrowthPercent, user, labels } = gate;
  const rules = [
    ...(user === "non-root" ? ["the user is not root"] : []),
    ...(maximumMegabytes === undefined ? [] : [`at most ${maximumMegabytes} MB`]),
    ...(maximumGrowthPercent === undefined ? [] : [`growth of at most ${maximumGrowthPercent} %`]),
    ...(labels.length === 0 ? [] : [`with the labels ${labels.join(", ")}`]),
  ];
  return rules.length === 0 ? "no limits" : rules.join("; ");
}

/** How health is proven, in one line. */
export function describeHealth({ health, firstDeployment }: EnvironmentConfiguration): string {
  const { deadlineMinutes, probe, bakeSeconds, alarms } = health;
  return [
    `proven healthy within ${deadlineMinutes} minutes`,
    ...(probe === undefined ? [] : [`${probe.url} answers ${probe.status}`]),
    ...(alarms.length === 0 ? [] : [`no alarm of ${alarms.join(", ")}`]),
    ...(bakeSeconds === 0 ? [] : [`stays healthy for ${bakeSeconds} s`]),
    firstDeployment === "leave"
      ? "a failed service without a rollback target keeps running"
      : "a failed service without a rollback target is scaled to zero",
  ].join("; ");
}
