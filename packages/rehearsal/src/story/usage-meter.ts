import { BatchGetBuildsCommand, CodeBuildClient, ListBuildsCommand } from "@aws-sdk/client-codebuild";
import type { ReleaseUsage } from "@lockmaster/core/lib/prices.ts";
import type { LocalAws, ObservedCall } from "@lockmaster/local-aws";

const ledgerReads = new Set(["GetItem", "Query"]);
const ledgerWrites = new Set(["PutItem", "UpdateItem", "DeleteItem"]);

/** Counts what the functions use, call by call: the cost of a release is measured, not estimated. */
export class UsageMeter {
  #reads = 0;
  #writes = 0;
  #events = 0;

  /** For `startLocalAws({ observe })`. */
  readonly observe = ({ call }: ObservedCall): void => {
    if (call.caller.kind !== "function") return;
    if (ledgerReads.has(call.operation)) this.#reads += 1;
    if (ledgerWrites.has(call.operation)) this.#writes += 1;
    if (call.operation === "PutEvents") this.#events += 1;
  };

  /** @returns a function that reports what was used since this call */
  begin(aws: LocalAws): () => Promise<Omit<ReleaseUsage, "stateTransitions">> {
    const since = aws.clock.now();
    const before = { reads: this.#reads, writes: this.#writes, events: this.#events };
    const invocationsBefore = aws.lambda.invocations.length;
    return async () => ({
      invocations: aws.lambda.invocations.slice(invocationsBefore),
      buildMinutes: await buildMinutes(aws, since),
      events: this.#events - before.events,
      // Strongly consistent reads of up to 4 KB and writes of up to 1 KB take one unit; the ledger's items are about that large.
      ledgerReads: this.#reads - before.reads,
      ledgerWrites: this.#writes - before.writes,
    });
  }
}

async function buildMinutes(aws: LocalAws, since: number): Promise<number[]> {
  const codebuild = new CodeBuildClient(aws.clientConfig());
  const { ids = [] } = await codebuild.send(new ListBuildsCommand({}));
  const { builds = [] } =
    ids.length === 0 ? {} : await codebuild.send(new BatchGetBuildsCommand({ ids: ids.slice(0, 100) }));
  codebuild.destroy();
  return builds.flatMap(({ startTime, endTime }) =>
    startTime === undefined || endTime === undefined || startTime.getTime() < since
      ? []
      : [(endTime.getTime() - startTime.getTime()) / 60_000],
  );
}
