import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import { severities } from "@lockmaster/core/config/gates.ts";

/** What an image must be like before it is deployed, in lines. */
export function describeGates({ gates: { scan, image } }: EnvironmentConfiguration): string[] {
  return [`scan   ${describeScan(scan)}`, `image  ${describeImage(image)}`];
}

function describeScan(gate: EnvironmentConfiguration["gates"]["scan"]): string {
  if (!gate.enabled) return "findings are not asked for";
  const limits = severities.flatMap((severity) => {
    const most = gate.maximum[severity];
    return most === undefined ? [] : [`${most} ${severity}`];
  });
  return [
    `at most ${limits.join(", ")}`,
    ...(gate.fixableOnly ? ["that could be mended"] : []),
    `within ${gate.deadlineMinutes} minutes`,
    ...(gate.unsupported === "allow" ? ["images that cannot be scanned may pass"] : []),
  ].join("; ");
}

function describeImage(gate: EnvironmentConfiguration["gates"]["image"]): string {
  const { maximumMegabytes, maximumGrowthPercent, user, labels } = gate;
  const rules = [
    ...(user === "non-root" ? ["runs as another user than root"] : []),
    ...(maximumMegabytes === undefined ? [] : [`at most ${maximumMegabytes} MB`]),
    ...(maximumGrowthPercent === undefined ? [] : [`grown by at most ${maximumGrowthPercent} %`]),
    ...(labels.length === 0 ? [] : [`labels ${labels.join(", ")}`]),
  ];
  return rules.length === 0 ? "anything" : rules.join("; ");
}

/** How health is proven, in one line. */
export function describeHealth({ health, firstDeployment }: EnvironmentConfiguration): string {
  const { deadlineMinutes, probe, bakeSeconds, alarms } = health;
  return [
    `proven within ${deadlineMinutes} minutes`,
    ...(probe === undefined ? [] : [`${probe.url} answers ${probe.status}`]),
    ...(alarms.length === 0 ? [] : [`alarms quiet: ${alarms.join(", ")}`]),
    ...(bakeSeconds === 0 ? [] : [`stays so for ${bakeSeconds} s`]),
    firstDeployment === "leave"
      ? "what has nothing to go back to is left"
      : "what has nothing to go back to is scaled to zero",
  ].join("; ");
}
