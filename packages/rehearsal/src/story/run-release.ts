import { RedriveExecutionCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import * as v from "valibot";
import { deliver } from "./deliver.ts";
import { followExecutions } from "./follower.ts";
import { deliveryOf, executionOf } from "./occasion.ts";
import type { Rehearsal } from "../rehearsal.ts";
import { releaseReport } from "./release-report.ts";
import type { ReleaseReport } from "./release-report.ts";
import { runningDigests } from "./running-digests.ts";
import type { RunningDigests } from "./running-digests.ts";
import type { Occasion, StoryPart } from "./story.ts";
import type { TimelineRow } from "./timeline.ts";
import type { UsageMeter } from "./usage-meter.ts";

export type ReleaseListener = {
  /** The webhook has answered. */
  accepted(execution: string, environment: string): void;
  /** A state was entered, entered again, or left. */
  row(row: TimelineRow): void;
};

/** Who watches what happens to a repository. */
export type Watch = { rehearsal: Rehearsal; meter: UsageMeter; repository: string; listener: ReleaseListener };

const Accepted = v.object({
  executions: v.tupleWithRest([v.object({ name: v.string(), environment: v.string() })], v.unknown()),
});

/**
 * Posts what GitHub would post to the webhook, or starts what an operator starts, and follows the release to its end.
 *
 * @param author login of the one who does it
 * @throws Error when the webhook starts no release
 */
export function runRelease(watch: Watch, occasion: Occasion, author: string): Promise<ReleaseReport> {
  const { rehearsal, repository, listener } = watch;
  const { aws, installation, webhookSecret } = rehearsal;
  const setting = { repository, author, at: new Date(aws.clock.now()) };
  if (occasion.event === "rollback") {
    return report(watch, "", async () => {
      const { name, input } = executionOf(occasion, setting);
      const { stateMachineArn } = installation;
      const stepFunctions = new SFNClient(aws.clientConfig());
      await stepFunctions.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
      stepFunctions.destroy();
      listener.accepted(name, occasion.environment);
      return { name, environment: occasion.environment };
    });
  }
  return report(watch, occasion.sha, async () => {
    const answer = await deliver({
      url: installation.webhookUrl,
      secret: webhookSecret,
      ...deliveryOf(occasion, setting),
    });
    const accepted = v.safeParse(Accepted, answer.body);
    if (!accepted.success) {
      throw new Error(`The webhook answered ${answer.status} and started no release: ${JSON.stringify(answer.body)}`);
    }
    const [execution] = accepted.output.executions;
    listener.accepted(execution.name, execution.environment);
    return execution;
  });
}

/** Waives findings as an operator does, redrives the release that they refused, and follows it to its end. */
export function waiveAndRedrive(
  watch: Watch,
  refused: ReleaseReport,
  waive: NonNullable<StoryPart["operator"]>["waive"],
  operator: string,
): Promise<ReleaseReport> {
  const { rehearsal, repository } = watch;
  return report(watch, refused.sha, async () => {
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

/** Measures and reports what an execution does that `begin` starts. */
async function report(
  { rehearsal, meter, repository, listener }: Watch,
  sha: string,
  begin: () => Promise<{ name: string; environment: string }>,
): Promise<ReleaseReport> {
  const { aws, ledger } = rehearsal;
  const follower = followExecutions(rehearsal, (row) => listener.row(row));
  try {
    // Which environment it is about is told by the webhook's answer, when things change already.
    const before = await digestsByEnvironment(rehearsal, repository);
    const used = meter.begin(aws);
    const beganAt = aws.clock.now();
    const { name, environment } = await begin();
    const rows = await follower.ended(executionArnOf(rehearsal, name));
    const recorded = (await ledger.releases(repository, environment, 10)).find(({ id }) => id === name);
    const after = await digestsByEnvironment(rehearsal, repository);
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
    follower.stop();
  }
}

function executionArnOf({ installation }: Rehearsal, name: string): string {
  return `${installation.stateMachineArn.replace(":stateMachine:", ":execution:")}:${name}`;
}

async function digestsByEnvironment(
  { aws, configuration }: Rehearsal,
  repository: string,
): Promise<Record<string, RunningDigests>> {
  const environments = Object.entries(configuration.repositories[repository]?.environments ?? {});
  const entries = environments.map(async ([name, environment]) => {
    return [name, await runningDigests(aws, environment)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
