import { RedriveExecutionCommand, SFNClient } from "@aws-sdk/client-sfn";
import { deliver } from "@lockmaster/cli/deliver.ts";
import { readConfiguration } from "@lockmaster/cli/local/configuration.ts";
import { deliveryOf } from "@lockmaster/cli/local/occasion.ts";
import { openRehearsal, root } from "@lockmaster/cli/local/rehearsal.ts";
import type { Rehearsal, RehearsalOptions } from "@lockmaster/cli/local/rehearsal.ts";
import { githubCredentialsOf } from "@lockmaster/cli/local/story.ts";
import type { StoryPart } from "@lockmaster/cli/local/story.ts";
import type { Configuration } from "@lockmaster/core/config/schema.ts";
import type { FaultInput } from "@lockmaster/local/faults/fault-rules.ts";
import type { ScenarioInput } from "@lockmaster/local/scenario.ts";
import { virtualClock } from "@lockmaster/local/virtual-clock.ts";
import type { VirtualClock } from "@lockmaster/local/virtual-clock.ts";
import * as v from "valibot";
import type { Walk } from "./walks.ts";

export const repository = "acme/shop";
const webhookSecret = "walk-secret";
const login = "octocat";
/** An execution that is not over by then hangs. */
const longestMs = 24 * 3600 * 1000;
/** After this long GitHub is asked to deliver again what was not answered well; all of them outlast an outage. */
const redeliveryMs = 4 * 60_000;
const deliveries = 4;

/** What strikes one run, beside what the walk's own story holds. */
export type Trouble = { faults?: FaultInput[]; events?: NonNullable<ScenarioInput["events"]> };

/** An execution that a delivery started. */
export type Started = { name: string; environment: string; executionArn: string };

/** A part of a story, as it went. */
export type Played = { started: readonly Started[]; unanswered: number };

const Accepted = v.object({ executions: v.array(v.object({ name: v.string(), environment: v.string() })) });

/** The shop on a virtual clock, and what developers and operators do with it. For one run. */
export type Rig = {
  clock: VirtualClock;
  rehearsal: Rehearsal;
  /** Has a part happen, and lets its executions end. */
  play(part: StoryPart): Promise<Played>;
  /** Has an operator redrive an execution, and lets it end. */
  redrive(started: Started): Promise<void>;
  close(): Promise<void>;
};

/** Opens the shop of a walk. */
export async function openRig(
  { story, environments }: Walk,
  { faults = [], events = [] }: Trouble = {},
  watch: Pick<RehearsalOptions, "observe"> = {},
): Promise<Rig> {
  const { story: _, ...scenario } = story;
  const clock = virtualClock();
  const githubCredentials = githubCredentialsOf(story);
  const rehearsal = await openRehearsal({
    clock,
    configuration: only(environments, await readConfiguration(root)),
    webhookSecret,
    scenario: { ...scenario, faults: [...scenario.faults, ...faults], events: [...scenario.events, ...events] },
    ...(githubCredentials !== undefined && { githubCredentials }),
    ...watch,
  });
  // Bundling takes real time, and whoever delivers waits ten seconds of it.
  await rehearsal.aws.lambda.bundles();
  await clock.runUntil(rehearsal.shopIsOpen);
  const stepFunctions = new SFNClient(rehearsal.aws.clientConfig());
  const { aws, installation, ledger } = rehearsal;
  const isRunning = (arn: string): boolean => aws.stepFunctions.execution(arn).status === "RUNNING";

  async function ended(executionArns: readonly string[]): Promise<void> {
    await clock.runUntil(() => !executionArns.some(isRunning), { limitMs: longestMs });
  }
  async function redrive({ executionArn }: Started): Promise<void> {
    await stepFunctions.send(new RedriveExecutionCommand({ executionArn }));
    await ended([executionArn]);
  }

  return {
    clock,
    rehearsal,
    redrive,
    async play({ on, operator }) {
      const request = deliveryOf(on, { repository, author: login, at: new Date(clock.now()) });
      for (let unanswered = 0; unanswered < deliveries; unanswered += 1) {
        const answer = await clock.during(
          deliver({ url: installation.webhookUrl, secret: webhookSecret, delivery: "walk", ...request }),
          () => aws.lambda.isAtWork(),
        );
        const accepted = v.safeParse(Accepted, answer.body);
        if (answer.status >= 300 || !accepted.success) {
          await clock.advance(redeliveryMs);
          continue;
        }
        const started = accepted.output.executions.map((execution) => ({
          ...execution,
          executionArn: `${installation.stateMachineArn.replace(":stateMachine:", ":execution:")}:${execution.name}`,
        }));
        await ended(started.map(({ executionArn }) => executionArn));
        const [first] = started;
        if (
          operator !== undefined &&
          first !== undefined &&
          aws.stepFunctions.execution(first.executionArn).status === "FAILED"
        ) {
          const now = clock.now();
          for (const { days, ...waiver } of operator.waive) {
            const until = new Date(now + days * 24 * 3600 * 1000).toISOString().slice(0, "2026-12-31".length);
            const addedAt = new Date(now).toISOString();
            await ledger.addWaiver(repository, { ...waiver, until, addedBy: login, addedAt });
          }
          await redrive(first);
        }
        return { started, unanswered };
      }
      return { started: [], unanswered: deliveries };
    },
    async close() {
      stepFunctions.destroy();
      await rehearsal.close();
    },
  };
}

function only(environments: readonly string[], configuration: Configuration): Configuration {
  const repositories = Object.entries(configuration.repositories).map(([name, one]) => {
    const kept = Object.entries(one.environments).filter(([environment]) => environments.includes(environment));
    return [name, { ...one, environments: Object.fromEntries(kept) }] as const;
  });
  return { ...configuration, repositories: Object.fromEntries(repositories) };
}
