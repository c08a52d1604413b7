import { AwsError } from "../../protocol/errors.ts";
import { uuidFrom } from "../../protocol/identifiers.ts";
import { ruleUses } from "../../scenario/rule-uses.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import type { ServiceEvent, World } from "../../world/world.ts";
import type { EventBridgeState, Rule } from "./state.ts";

/** An event as targets receive it. */
export type BusEvent = {
  version: "0";
  id: string;
  "detail-type": string;
  source: string;
  account: string;
  time: string;
  region: string;
  resources: readonly string[];
  detail: Readonly<Record<string, unknown>>;
};

export type BusWorld = Pick<World, "clock" | "region" | "accountId" | "random" | "invoke">;

/** AWS documents a typical latency of half a second from the event to the target's invocation. */
const latencyMs = 500;

/**
 * Delays before Lambda's second and third attempt of a failed asynchronous invocation.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
const retryDelaysMs = [60_000, 120_000];

export type Bus = {
  /** Accepts an event and returns its id. Delivery is asynchronous, on the clock. */
  publish: (event: ServiceEvent & { time?: Date }) => string;
  /** Invokes the targets of one rule. */
  send: (rule: Rule, event: BusEvent) => void;
  /** Calls `listener` for every accepted event, whether or not a rule matches it. */
  onEvent: (listener: (event: BusEvent) => void) => void;
};

type EventRules = Scenario["events"];

/** The default bus: accepts events, matches them against the rules on delivery, and invokes the targets. */
export function createBus(world: BusWorld, state: EventBridgeState, rules: EventRules = []): Bus {
  const listeners: ((event: BusEvent) => void)[] = [];
  const delaysOf = delaysBy(rules);

  function publish(event: ServiceEvent & { time?: Date }): string {
    const published = envelope(world, event);
    for (const listener of listeners) listener(published);
    for (const lateMs of delaysOf(published)) {
      world.clock.after(latencyMs + lateMs, () => deliver(world, state, published));
    }
    return published.id;
  }

  return {
    publish,
    send: (rule, event) => send(world, rule, event),
    onEvent: (listener) => void listeners.push(listener),
  };
}

/** Wraps an event in EventBridge's envelope. */
export function envelope(world: BusWorld, event: ServiceEvent & { time?: Date }): BusEvent {
  const time = event.time ?? new Date(world.clock.now());
  return {
    version: "0",
    id: uuidFrom(world.random),
    "detail-type": event.detailType,
    source: event.source,
    account: world.accountId,
    // The envelope's time has whole seconds.
    time: time.toISOString().replace(/\.\d+Z$/, "Z"),
    region: world.region,
    resources: event.resources,
    detail: event.detail,
  };
}

/** The delay of each copy of an event, according to the scenario. The first matching rule that is not used up applies. */
function delaysBy(rules: EventRules): (event: BusEvent) => readonly number[] {
  const uses = ruleUses(rules);
  const seen = new Map<EventRules[number], number>();
  return (event) => {
    const matching = rules.filter((candidate) => appliesTo(candidate, event));
    for (const candidate of matching) seen.set(candidate, (seen.get(candidate) ?? 0) + 1);
    const rule = uses.use(
      (candidate) =>
        matching.includes(candidate) && (candidate.occurrence ?? seen.get(candidate)) === seen.get(candidate),
    );
    if (rule === undefined) return [0];
    const lateMs = (rule.delaySeconds ?? 0) * 1000;
    return { lost: [], doubled: [0, lateMs], delayed: [lateMs] }[rule.happens];
  };
}

function appliesTo({ source, detailType, detail = {} }: EventRules[number], event: BusEvent): boolean {
  if (source !== event.source || detailType !== event["detail-type"]) return false;
  return Object.entries(detail).every(([member, value]) => event.detail[member] === value);
}

function deliver(world: BusWorld, state: EventBridgeState, event: BusEvent): void {
  for (const rule of state.rules.values()) {
    if (rule.enabled && rule.matches?.(event) === true) send(world, rule, event);
  }
}

function send(world: BusWorld, rule: Rule, event: BusEvent): void {
  for (const target of rule.targets.values()) void attempt(world, target.arn, event, 0);
}

/** Invokes a function asynchronously, as Lambda does: retries when the function fails, drops the event when it does not exist. */
async function attempt(world: BusWorld, functionArn: string, event: BusEvent, failures: number): Promise<void> {
  const result = await world.invoke(functionArn, event).catch((error: unknown) => {
    if (error instanceof AwsError) return undefined;
    throw error;
  });
  if (result === undefined || result.ok) return;
  const delayMs = retryDelaysMs[failures];
  if (delayMs === undefined) return;
  world.clock.after(delayMs, () => void attempt(world, functionArn, event, failures + 1));
}
