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
  executions: v.pipe(v.array(v.object({ name: v.string(), environment: v.string() })), v.minLength(1)),
});

/**
 * Posts the event to the webhook as GitHub would, or starts the operator's rollback, and waits until each release that this
 * starts has ended: one for each environment that follows the ref.
 *
 * @param author login of the user who acts
 * @throws Error when the webhook starts no release
 */
export function runReleases(run: ReleaseRun, on: StoryEvent, author: string): Promise<ReleaseReport[]> {
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
      return [{ name, environment: on.environment }];
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
    for (const { name, environment } of accepted.output.executions) listener.accepted(name, environment);
    return accepted.output.executions;
  });
}

/** Waives findings as an operator does, redrives the refused release, and waits until it has ended. */
export async function waiveAndRedrive(
  run: ReleaseRun,
  refused: ReleaseReport,
  waive: NonNullable<StoryPart["operator"]>["waive"],
  operator: string,
): Promise<ReleaseReport[]> {
  const { rehearsal, repository } = run;
  return await report(run, refused.sha, async () => {
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
    return [{ name: refused.execution, environment: refused.environment }];
  });
}

/**
 * Measures and reports the executions that `begin` starts. Only the states of the one that begins first are reported while they
 * run; what all of them use is measured together and reported with the first.
 */
async function report(
  { rehearsal, meter, repository, listener }: ReleaseRun,
  sha: string,
  begin: () => Promise<readonly { name: string; environment: string }[]>,
): Promise<ReleaseReport[]> {
  const { aws, ledger } = rehearsal;
  let reported: string | undefined;
  const recorder = recordTimelines(rehearsal, (row, executionArn) => {
    reported ??= executionArn;
    if (executionArn === reported) listener.row(row);
  });
  try {
    // All environments: only the webhook's answer names the right ones, and the releases run by then.
    const before = await imagesByEnvironment(rehearsal, repository);
    const used = meter.begin(aws);
    const beganAt = aws.clock.now();
    const begun = await begin();
    const timelines = await Promise.all(begun.map(({ name }) => recorder.untilEnd(executionArnOf(rehearsal, name))));
    const after = await imagesByEnvironment(rehearsal, repository);
    const usage = await used();
    return await Promise.all(
      begun.map(async ({ name, environment }, index) => {
        const recorded = (await ledger.releases(repository, environment, 10)).find(({ id }) => id === name);
        return releaseReport({
          execution: aws.stepFunctions.execution(executionArnOf(rehearsal, name)),
          beganAt,
          identity: { id: name, environment, sha: recorded?.sha ?? sha },
          record: recorded && (await ledger.release(recorded)),
          rows: timelines[index] ?? [],
          usage: index === 0 ? usage : nothingUsed,
          before: before[environment] ?? {},
          after: after[environment] ?? {},
        });
      }),
    );
  } finally {
    recorder.stop();
  }
}

const nothingUsed = { invocations: [], buildMinutes: [], events: 0, ledgerReads: 0, ledgerWrites: 0 };

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
