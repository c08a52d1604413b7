/** Prices of AWS in US dollars: on demand, in us-east-1, without free tiers and taxes. */

export type Price = {
  /** US dollars for one `unit`. */
  usd: number;
  unit: string;
  /** AWS's page with the price. */
  source: string;
  /** `AWS`: the number is from that page; `third parties`: several other pages have the same number. */
  basis: "AWS" | "third parties";
  /** When the number was read. */
  date: string;
};

const date = "2026-11-20";

/** @param page under https://aws.amazon.com/ */
const listed = (usd: number, unit: string, page: string, basis: Price["basis"] = "third parties"): Price => ({
  usd,
  unit,
  source: `https://aws.amazon.com/${page}/`,
  basis,
  date,
});

export const prices = {
  stateTransition: listed(0.025 / 1_000, "state transition", "step-functions/pricing", "AWS"),
  lambdaGigabyteSecond: listed(0.000_013_333_4, "GB-second on arm64", "lambda/pricing"),
  lambdaRequest: listed(0.2 / 1_000_000, "request", "lambda/pricing"),
  buildMinute: listed(0.0034, "minute of arm1.small", "codebuild/pricing"),
  customEvent: listed(1 / 1_000_000, "custom event", "eventbridge/pricing"),
  ledgerWrite: listed(0.625 / 1_000_000, "write request unit", "dynamodb/pricing/on-demand"),
  ledgerRead: listed(0.125 / 1_000_000, "read request unit", "dynamodb/pricing/on-demand"),
  ledgerGigabyteMonth: listed(0.25, "GB and month", "dynamodb/pricing/on-demand"),
  ledgerBackupGigabyteMonth: listed(0.2, "GB and month, to any point in time", "dynamodb/pricing/on-demand"),
  imageGigabyteMonth: listed(0.1, "GB and month", "ecr/pricing"),
  inspectorScan: listed(0.09, "image, once", "inspector/pricing"),
  inspectorRescan: listed(0.01, "image, each time", "inspector/pricing"),
  alarmMonth: listed(0.1, "alarm and month", "cloudwatch/pricing"),
  metricMonth: listed(0.3, "series and month", "cloudwatch/pricing"),
  dashboardMonth: listed(3, "dashboard and month", "cloudwatch/pricing"),
  logGigabyte: listed(0.5, "GB taken in", "cloudwatch/pricing"),
  trace: listed(5 / 1_000_000, "trace", "xray/pricing"),
  secretMonth: listed(0.4, "secret and month", "secrets-manager/pricing"),
  fargateProcessorHour: listed(0.040_48, "vCPU and hour on x86", "fargate/pricing"),
  fargateMemoryHour: listed(0.004_445, "GB and hour on x86", "fargate/pricing"),
  fargateArmProcessorHour: listed(0.032_38, "vCPU and hour on arm64", "fargate/pricing"),
  fargateArmMemoryHour: listed(0.003_56, "GB and hour on arm64", "fargate/pricing"),
  loadBalancerHour: listed(0.0225, "load balancer and hour", "elasticloadbalancing/pricing"),
  natGatewayHour: listed(0.045, "NAT gateway and hour", "vpc/pricing"),
  publicAddressHour: listed(0.005, "public IPv4 address and hour", "vpc/pricing"),
} as const satisfies Record<string, Price>;

/** The usage of one release. */
export type ReleaseUsage = {
  /** Retries and redrives count as transitions too. */
  stateTransitions: number;
  invocations: readonly { durationMs: number; memoryMegabytes: number }[];
  /** Duration of each build, in minutes; CodeBuild rounds every one up to the next whole minute. */
  buildMinutes: readonly number[];
  events?: number;
  ledgerWrites?: number;
  ledgerReads?: number;
};

export type CostItem = { item: keyof typeof prices; quantity: number; usd: number };

/** The cost of a release by item, without storage, logs and the services themselves. */
export function releaseCost(usage: ReleaseUsage): { items: readonly CostItem[]; totalUsd: number } {
  const { stateTransitions, invocations, buildMinutes, events = 0, ledgerWrites = 0, ledgerReads = 0 } = usage;
  const items = [
    priced("stateTransition", stateTransitions),
    priced("lambdaGigabyteSecond", sum(invocations.map(gigabyteSeconds))),
    priced("lambdaRequest", invocations.length),
    priced("buildMinute", sum(buildMinutes.map(Math.ceil))),
    priced("customEvent", events),
    priced("ledgerWrite", ledgerWrites),
    priced("ledgerRead", ledgerReads),
  ].filter(({ quantity }) => quantity > 0);
  return { items, totalUsd: sum(items.map(({ usd }) => usd)) };
}

function priced(item: keyof typeof prices, quantity: number): CostItem {
  return { item, quantity, usd: quantity * prices[item].usd };
}

/** Lambda bills durations rounded up to the next millisecond. */
const gigabyteSeconds = ({ durationMs, memoryMegabytes }: { durationMs: number; memoryMegabytes: number }): number =>
  (Math.ceil(durationMs) / 1_000) * (memoryMegabytes / 1_024);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
