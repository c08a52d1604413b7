/**
 * What AWS charges, in US dollars, on demand, in us-east-1, without free tiers and taxes. The only place that knows prices.
 */

export type Price = {
  /** US dollars for one `unit`. */
  usd: number;
  unit: string;
  /** AWS's page about it. */
  source: string;
  /** Whether the number was read there, or from several third parties that agree. */
  basis: "AWS" | "third parties";
  /** When it was looked up. */
  date: string;
};

const date = "2026-11-20";

export const prices = {
  stateTransition: {
    usd: 0.025 / 1_000,
    unit: "state transition",
    source: "https://aws.amazon.com/step-functions/pricing/",
    basis: "AWS",
    date,
  },
  lambdaGigabyteSecond: {
    usd: 0.000_013_333_4,
    unit: "GB-second on arm64",
    source: "https://aws.amazon.com/lambda/pricing/",
    basis: "third parties",
    date,
  },
  lambdaRequest: {
    usd: 0.2 / 1_000_000,
    unit: "request",
    source: "https://aws.amazon.com/lambda/pricing/",
    basis: "third parties",
    date,
  },
  buildMinute: {
    usd: 0.0034,
    unit: "minute of arm1.small",
    source: "https://aws.amazon.com/codebuild/pricing/",
    basis: "third parties",
    date,
  },
  customEvent: {
    usd: 1 / 1_000_000,
    unit: "custom event",
    source: "https://aws.amazon.com/eventbridge/pricing/",
    basis: "third parties",
    date,
  },
  ledgerWrite: {
    usd: 0.625 / 1_000_000,
    unit: "write request unit",
    source: "https://aws.amazon.com/dynamodb/pricing/on-demand/",
    basis: "third parties",
    date,
  },
  ledgerRead: {
    usd: 0.125 / 1_000_000,
    unit: "read request unit",
    source: "https://aws.amazon.com/dynamodb/pricing/on-demand/",
    basis: "third parties",
    date,
  },
} as const satisfies Record<string, Price>;

/** What a release used. */
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

/** What a release cost, item by item; storage, logs and the services themselves are not part of it. */
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
