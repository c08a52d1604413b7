import { RedriveExecutionCommand, SFNClient, StartExecutionCommand, StopExecutionCommand } from "@aws-sdk/client-sfn";
import { deliver } from "@lockmaster/rehearsal/deliveries/deliver.ts";
import { demonstrationFile, readConfigurationFile } from "@lockmaster/cli/lib/configuration-file.ts";
import { deliveryOf, executionOf } from "@lockmaster/rehearsal/story/story-event.ts";
import { openRehearsal } from "@lockmaster/rehearsal/rehearsal.ts";
import type { Rehearsal, RehearsalOptions } from "@lockmaster/rehearsal/rehearsal.ts";
import { githubCredentialsOf } from "@lockmaster/rehearsal/story/story.ts";
import type { StoryPart } from "@lockmaster/rehearsal/story/story.ts";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { storedConfigurations } from "@lockmaster/core/config/stored.ts";
import { environmentsInUse, removalsInUse } from "@lockmaster/core/policy/in-use.ts";
import { type FaultInput, type ScenarioInput, virtualClock, type VirtualClock } from "@lockmaster/local-aws";
import * as v from "valibot";
import { changed, type ChangeName } from "./changes.ts";
import type { Walk } from "./walks.ts";

export const repository = "acme/shop";
const webhookSecret = "walk-secret";
const login = "octocat";
/** An execution that runs longer hangs. */
const longestMs = 24 * 3600 * 1000;
/** Intervals after which a failed delivery is redelivered; together they outlast an outage. */
const redeliveryMs = 4 * 60_000;
const deliveries = 4;

/** The faults of one run, in addition to those of the walk's story. */
export type Trouble = {
  faults?: FaultInput[];
  events?: NonNullable<ScenarioInput["events"]>;
  /** In a pair: the second starts after this entry of a state. */
  second?: Moment;
  /** The configuration changes after this entry of a state. */
  change?: Moment & { what: ChangeName; how: Deployment };
};

/** Some seconds after an entry of a state. */
type Moment = { state: string; occurrence: number; seconds: number };

/**
 * `as a deployment`: with the permissions of the functions, unless `check-deployment` refuses it. `in the ledger`: the permissions
 * stay, as they do for published functions until the deployment reaches them.
 */
type Deployment = "as a deployment" | "in the ledger";

/** An execution that a delivery started. */
export type Started = { name: string; environment: string; executionArn: string };

/** A played part of a story. */
export type Played = { started: readonly Started[]; unanswered: number };

const Accepted = v.object({ executions: v.array(v.object({ name: v.string(), environment: v.string() })) });

/** The shop on a virtual clock with the actions of developers and operators, for one run. */
export type Rig = {
  clock: VirtualClock;
  rehearsal: Rehearsal;
  /** Plays a part and waits until its executions have ended. */
  play(part: StoryPart): Promise<Played>;
  /** Triggers an event without waiting. */
  begin(on: StoryPart["on"]): Promise<Played>;
  /** Advances the clock until some seconds after a state was entered, or until the executions have ended. */
  reach(moment: Moment, played: Played): Promise<void>;
  /** Changes the shop's configuration. */
  reconfigure(what: ChangeName, how: Deployment): Promise<void>;
  /** Stops executions as an operator does. */
  stop(played: Played): Promise<void>;
  /** Waits until executions have ended. */
  end(played: Played): Promise<void>;
  /** Redrives an execution as an operator does, and waits until it has ended. */
  redrive(started: Started): Promise<void>;
  close(): Promise<void>;
};

/** Opens the shop of a walk. */
export async function openRig(
  { story, environments, tasks }: Walk,
  { faults = [], events = [] }: Trouble = {},
  watch: Pick<RehearsalOptions, "observe"> = {},
): Promise<Rig> {
  const { story: _, ...scenario } = story;
  const clock = virtualClock();
  const githubCredentials = githubCredentialsOf(story);
  const rehearsal = await openRehearsal({
    clock,
    configuration: configured(await readConfigurationFile(demonstrationFile), environments, tasks),
    webhookSecret,
    scenario: { ...scenario, faults: [...scenario.faults, ...faults], events: [...scenario.events, ...events] },
    ...(githubCredentials !== undefined && { githubCredentials }),
    ...watch,
  });
  await clock.runUntil(rehearsal.shopIsDeployed);
  const stepFunctions = new SFNClient(rehearsal.aws.clientConfig());
  const { aws, installation, ledger } = rehearsal;
  const isRunning = (arn: string): boolean => aws.stepFunctions.execution(arn).status === "RUNNING";

  const entries = new Map<string, number>();
  aws.stepFunctions.onEvent((_, { stateEnteredEventDetails }) => {
    const state = stateEnteredEventDetails?.name;
    if (state !== undefined) entries.set(state, (entries.get(state) ?? 0) + 1);
  });

  async function end({ started }: Pick<Played, "started">): Promise<void> {
    const areOver = (): boolean => !started.some(({ executionArn }) => isRunning(executionArn));
    await clock.runUntil(areOver, { limitMs: longestMs });
  }
  async function redrive(one: Started): Promise<void> {
    await stepFunctions.send(new RedriveExecutionCommand({ executionArn: one.executionArn }));
    await end({ started: [one] });
  }
  const named = (execution: { name: string; environment: string }): Started => ({
    ...execution,
    executionArn: `${installation.stateMachineArn.replace(":stateMachine:", ":execution:")}:${execution.name}`,
  });
  async function begin(on: StoryPart["on"]): Promise<Played> {
    const setting = { repository, author: login, at: new Date(clock.now()) };
    if (on.event === "rollback") {
      const { name, input } = executionOf(on, setting);
      const { stateMachineArn } = installation;
      await stepFunctions.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
      return { started: [named({ name, environment: on.environment })], unanswered: 0 };
    }
    const request = deliveryOf(on, setting);
    for (let unanswered = 0; unanswered < deliveries; unanswered += 1) {
      const answer = await clock.during(
        deliver({
          url: installation.webhookUrl,
          secret: webhookSecret,
          delivery: "walk",
          timeoutSeconds: 300,
          ...request,
        }),
        () => aws.lambda.isRunning(),
      );
      const accepted = v.safeParse(Accepted, answer.body);
      if (answer.status < 300 && accepted.success)
        return { started: accepted.output.executions.map(named), unanswered };
      await clock.advance(redeliveryMs);
    }
    return { started: [], unanswered: deliveries };
  }
  async function operate({ waive }: NonNullable<StoryPart["operator"]>, refused: Started): Promise<void> {
    const now = clock.now();
    for (const { days, ...waiver } of waive) {
      const until = new Date(now + days * 24 * 3600 * 1000).toISOString().slice(0, "2026-12-31".length);
      await ledger.addWaiver(repository, { ...waiver, until, addedBy: login, addedAt: new Date(now).toISOString() });
    }
    await redrive(refused);
  }

  return {
    clock,
    rehearsal,
    begin,
    end,
    redrive,
    async play({ on, operator }) {
      const played = await begin(on);
      await end(played);
      const [first] = played.started;
      const hasFailed = first !== undefined && aws.stepFunctions.execution(first.executionArn).status === "FAILED";
      if (operator !== undefined && hasFailed) await operate(operator, first);
      return played;
    },
    async reach({ state, occurrence, seconds }, { started }) {
      await clock.runUntil(
        () => (entries.get(state) ?? 0) >= occurrence || !started.some(({ executionArn }) => isRunning(executionArn)),
        { limitMs: longestMs },
      );
      await clock.advance(seconds * 1000);
    },
    async reconfigure(what, how) {
      const configuration = rehearsal.configuration.repositories[repository];
      if (configuration === undefined) throw new Error("The shop has no configuration.");
      const next = { repositories: { [repository]: changed(configuration, what) } };
      const [stored] = storedConfigurations({ ...rehearsal.configuration, ...next });
      if (stored === undefined) return;
      if (how === "in the ledger") await ledger.putConfiguration(stored);
      else if (removalsInUse(next, await environmentsInUse(ledger)).length === 0) await rehearsal.reconfigure(stored);
    },
    async stop({ started }) {
      for (const { executionArn } of started) {
        if (isRunning(executionArn)) await stepFunctions.send(new StopExecutionCommand({ executionArn }));
      }
    },
    async close() {
      stepFunctions.destroy();
      await rehearsal.close();
    },
  };
}

function configured(
  configuration: Configuration,
  kept: readonly string[],
  tasks: Walk["tasks"] = { before: [], after: [] },
): Configuration {
  const repositories = Object.entries(configuration.repositories).map(([name, one]) => {
    const environments = Object.entries(one.environments)
      .filter(([environment]) => kept.includes(environment))
      .map(([environment, policy]) => [environment, { ...policy, tasks }] as const);
    return [name, { ...one, environments: Object.fromEntries(environments) }] as const;
  });
  return { ...configuration, repositories: Object.fromEntries(repositories) };
}
