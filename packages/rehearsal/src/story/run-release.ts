import { RedriveExecutionCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import * as v from "valibot";
import { deliver } from "../deliveries/deliver.ts";
import type { Rehearsal } from "../rehearsal.ts";
import { releaseReport, type ReleaseReport } from "./release-report.ts";
import { readRunningImages, type RunningImages } from "./running-images.ts";
import { deliveryOf, executionOf } from "./story-event.ts";
import type { StoryEvent, StoryPart } from "./story.ts";
import { recordTimelines, type TimelineRow } from "./timeline.ts";
import type { UsageMeter } from "./usage-meter.ts";

export type ReleaseListener = {
  /** The webhook has answered. */
  accepted(execution: string, environment: string): void;
  /** A state was entered, entered again, or left. */
  row(row: TimelineRow): void;
};

/** Where a release runs, and what measures and observes it. */
export type ReleaseRun = { rehearsal: Rehearsal; meter: UsageMeter; repository: string; listener: ReleaseListener };

const Accepted = v.object({
  executions: v.tupleWithRest([v.object({ name: v.string(), environment: v.string() })], v.unknown()),
});

/**
 * Posts the event to the webhook as GitHub would, or starts the operator's rollback, and waits until the release has ended.
 *
 * @param author login of the user who acts
 * @throws Error when the webhook starts no release
 */
export function runRelease(run: ReleaseRun, on: StoryEvent, author: string): Promise<ReleaseReport> {
  const { rehearsal, repository, listener } = run;
  const { aws, installation, webhookSecret } = rehearsal;
  const context = { repository, author, at: new Date(aws.clock.now()) };
  if (on.event === "rollback") {
    return report(run, "", async () => {
      const { name, input } = executionOf(on, context);
      const { stateMachineArn } = installation;
      const stepFunctions = new SFNClient(aws.clientConfig());
      await stepFunctions.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
      stepFunctions.destroy();
      listener.accepted(name, on.environment);
      return { name, environment: on.environment };
    });
  }
  return report(run, on.sha, async () => {
    const answer = await deliver({
      url: installation.webhookUrl,
      secret: webhookSecret,
      ...deliveryOf(on, context),
      // The virtual clock stands still while the functions work, so that a slow machine causes no timeout.
      timeoutSeconds: 300,
    });
    const accepted = v.safeParse(Accepted, answer.body);
    if (!accepted.success) {
      throw new Error(`the webhook answered ${answer.status} and started no release: ${JSON.stringify(answer.body)}`);
    }
    const [execution] = accepted.output.executions;
    listener.accepted(execution.name, execution.environment);
    return execution;
  });
}

/** Waives findings as an operator does, redrives the refused release, and waits until it has ended. */
export function waiveAndRedrive(
  run: ReleaseRun,
  refused: ReleaseReport,
  waive: NonNullable<StoryPart["operator"]>["waive"],
  operator: string,
): Promise<ReleaseReport> {
  const { rehearsal, repository } = run;
  return report(run, refused.sha, async () => {
    const now = rehearsal.aws.clock.now();
    const addedAt = new Date(now).toISOString();
    for (const { days, ...waiver } of waive) {
      const until = new Date(now + days * 24 * 3600 * 1000).toISOString().slice(0, "2026-12-31".length);
      await rehearsal.ledger.addWaiver(repository, { ...waiver, until, addedBy: operator, addedAt });
    }
    const stepFunctions = new SFNClient(rehearsal.aws.clientConfig());
    const executionArn = executionArnOf(rehearsal, refused.execution);
    await stepFunctions.send(new RedriveExecutionCommand({ executionArn }));
    stepFunctions.destroy();
    return { name: refused.execution, environment: refused.environment };
  });
}

/** Measures and reports the execution that `begin` starts. */
async function report(
  { rehearsal, meter, repository, listener }: ReleaseRun,
  sha: string,
  begin: () => Promise<{ name: string; environment: string }>,
): Promise<ReleaseReport> {
  const { aws, ledger } = rehearsal;
  const recorder = recordTimelines(rehearsal, (row) => listener.row(row));
  try {
    // All environments: only the webhook's answer names the right one, and the release runs by then.
    const before = await imagesByEnvironment(rehearsal, repository);
    const used = meter.begin(aws);
    const beganAt = aws.clock.now();
    const { name, environment } = await begin();
    const rows = await recorder.untilEnd(executionArnOf(rehearsal, name));
    const recorded = (await ledger.releases(repository, environment, 10)).find(({ id }) => id === name);
    const after = await imagesByEnvironment(rehearsal, repository);
    return releaseReport({
      execution: aws.stepFunctions.execution(executionArnOf(rehearsal, name)),
      beganAt,
      identity: { id: name, environment, sha: recorded?.sha ?? sha },
      record: recorded && (await ledger.release(recorded)),
      rows,
      usage: await used(),
      before: before[environment] ?? {},
      after: after[environment] ?? {},
    });
  } finally {
    recorder.stop();
  }
}

function executionArnOf({ installation }: Rehearsal, name: string): string {
  return `${installation.stateMachineArn.replace(":stateMachine:", ":execution:")}:${name}`;
}

async function imagesByEnvironment(
  { aws, configuration }: Rehearsal,
  repository: string,
): Promise<Record<string, RunningImages>> {
  const environments = Object.entries(configuration.repositories[repository]?.environments ?? {});
  const entries = environments.map(async ([name, environment]) => {
    return [name, await readRunningImages(aws, environment)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
