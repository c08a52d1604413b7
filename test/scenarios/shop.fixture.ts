import { BatchGetBuildsCommand, CodeBuildClient, ListBuildsCommand } from "@aws-sdk/client-codebuild";
import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import { RedriveExecutionCommand, SFNClient, StartExecutionCommand, StopExecutionCommand } from "@aws-sdk/client-sfn";
import { deliver } from "@lockmaster/rehearsal/deliveries/deliver.ts";
import type { DeliveryAnswer } from "@lockmaster/rehearsal/deliveries/deliver.ts";
import { demonstrationFile, readConfigurationFile } from "@lockmaster/cli/lib/configuration-file.ts";
import { openRehearsal } from "@lockmaster/rehearsal/rehearsal.ts";
import type { Rehearsal, RehearsalOptions } from "@lockmaster/rehearsal/rehearsal.ts";
import { readRunningImages } from "@lockmaster/rehearsal/story/running-images.ts";
import { firstCommit } from "@lockmaster/rehearsal/shop/shop.ts";
import { pushPayload, tagPayload } from "@lockmaster/rehearsal/deliveries/push-payload.ts";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import { checksEnvironment } from "@lockmaster/core/lib/names.ts";
import { ReleaseInput } from "@lockmaster/core/contract/release-input.ts";
import type { ReleaseRecord } from "@lockmaster/core/ledger/release-record.ts";
import { type ExecutionView, type ScenarioInput, virtualClock, type VirtualClock } from "@lockmaster/local-aws";
import * as v from "valibot";
import { onTestFinished } from "vitest";

const repository = "acme/shop";
const secret = "scenario-secret";

/** Commits that scenarios push; their first letters tell them apart. */
export const commits = {
  first: firstCommit,
  good: "a".repeat(40),
  bad: "b".repeat(40),
  better: "c".repeat(40),
};

/** On the virtual clock. An execution that takes longer hangs. */
const longestReleaseMs = 24 * 3600 * 1000;

const Started = v.object({ executions: v.tupleWithRest([v.object({ name: v.string() })], v.unknown()) });

export type Release = { name: string; executionArn: string };

/** The demonstration shop with Lockmaster on a virtual clock, and the actions of developers and operators. */
export class Shop {
  readonly clock: VirtualClock;
  readonly rehearsal: Rehearsal;
  readonly environment: EnvironmentConfiguration;
  readonly ecs: ECSClient;
  readonly stepFunctions: SFNClient;

  constructor(clock: VirtualClock, rehearsal: Rehearsal, environment: EnvironmentConfiguration) {
    this.clock = clock;
    this.rehearsal = rehearsal;
    this.environment = environment;
    this.ecs = new ECSClient(rehearsal.aws.clientConfig());
    this.stepFunctions = new SFNClient(rehearsal.aws.clientConfig());
  }

  /** Pushes a commit to a branch. @returns the webhook's answer */
  push(sha: string, { branch = "main", message = "A change" }: { branch?: string; message?: string } = {}) {
    const pushedAt = new Date(this.clock.now());
    const payload = pushPayload({ repository, branch, sha, message, author: "octocat", pushedAt });
    return this.deliver("push", payload);
  }

  /** Tags a commit. @returns the webhook's answer */
  tag(tag: string, sha: string, { annotated = false }: { annotated?: boolean } = {}) {
    const pushedAt = new Date(this.clock.now());
    const payload = tagPayload({ repository, tag, sha, annotated, message: "A change", author: "octocat", pushedAt });
    return this.deliver("push", payload);
  }

  /** Tags a commit and waits until the promotion has ended. */
  async promote(tag: string, sha: string, options?: { annotated?: boolean }) {
    const release = this.releaseOf(await this.tag(tag, sha, options));
    return { release, execution: await this.waitForEnd(release) };
  }

  /** Delivers an event as GitHub does. @returns the webhook's answer */
  deliver(event: string, payload: unknown): Promise<DeliveryAnswer> {
    const url = this.rehearsal.installation.webhookUrl;
    return this.waitForAnswer(deliver({ url, secret, event, payload, timeoutSeconds: 300 }));
  }

  /** Advances the clock until the webhook, or another function that a caller outside AWS invoked, has answered. */
  waitForAnswer<T>(answer: Promise<T>): Promise<T> {
    return this.clock.during(answer, this.rehearsal.aws.lambda.isRunning);
  }

  /** Pushes a commit that starts exactly one release. */
  async startRelease(sha: string, options?: { branch?: string }): Promise<Release> {
    const answer = await this.push(sha, options);
    if (answer.status !== 202) throw new Error(`No release: ${JSON.stringify(answer)}`);
    return this.releaseOf(answer);
  }

  /** The release that the webhook's answer names, whether the webhook started it now or before. */
  releaseOf({ body }: DeliveryAnswer): Release {
    const { name } = v.parse(Started, body).executions[0];
    const machine = this.rehearsal.installation.stateMachineArn;
    return { name, executionArn: `${machine.replace(":stateMachine:", ":execution:")}:${name}` };
  }

  /** Advances the clock until the release has ended. */
  async waitForEnd(release: Release): Promise<ExecutionView> {
    await this.clock.runUntil(() => this.execution(release).status !== "RUNNING", { limitMs: longestReleaseMs });
    return this.execution(release);
  }

  /** Pushes a commit and waits until the release has ended. */
  async release(sha: string, options?: { branch?: string }): Promise<{ release: Release; execution: ExecutionView }> {
    const release = await this.startRelease(sha, options);
    return { release, execution: await this.waitForEnd(release) };
  }

  execution({ executionArn }: Release): ExecutionView {
    return this.rehearsal.aws.stepFunctions.execution(executionArn);
  }

  /** Advances the clock until the release has entered a state. */
  async waitForState(release: Release, state: string): Promise<void> {
    const entered = () => statesOf(this.execution(release)).includes(state);
    await this.clock.runUntil(() => entered() || this.execution(release).status !== "RUNNING");
    if (!entered()) throw new Error(`The release ended without entering ${state}`);
  }

  /** Starts an execution as an operator does in the console. */
  async startExecution(name: string, input: unknown): Promise<Release> {
    const { executionArn = "" } = await this.stepFunctions.send(
      new StartExecutionCommand({
        stateMachineArn: this.rehearsal.installation.stateMachineArn,
        name,
        input: typeof input === "string" ? input : JSON.stringify(input),
      }),
    );
    return { name, executionArn };
  }

  /** Stops the release's execution as an operator does in the console. */
  async stop({ executionArn }: Release): Promise<void> {
    await this.stepFunctions.send(new StopExecutionCommand({ executionArn, error: "Operator", cause: "Enough of it" }));
  }

  /** Stops the release when it next enters a state. The state's function continues. */
  stopAt({ executionArn }: Pick<Release, "executionArn">, state: string): void {
    const { stepFunctions } = this.rehearsal.aws;
    const unsubscribe = stepFunctions.onEvent((arn, { stateEnteredEventDetails }) => {
      if (arn !== executionArn || stateEnteredEventDetails?.name !== state) return;
      unsubscribe();
      this.clock.after(0, () => stepFunctions.stop(arn, { error: "Operator", cause: `stopped at ${state}` }));
    });
  }

  /** Redrives the release's execution as an operator does, and waits until it has ended. */
  async redrive(release: Release): Promise<ExecutionView> {
    await this.stepFunctions.send(new RedriveExecutionCommand({ executionArn: release.executionArn }));
    return this.waitForEnd(release);
  }

  /** Commits whose images the running tasks have, by service: several during a rollout, none where no task runs. */
  async runningCommits(environment = this.environment): Promise<Record<string, string[]>> {
    const digests = await readRunningImages(this.rehearsal.aws, environment);
    return Object.fromEntries(
      Object.entries(digests).map(([service, containers]) => [
        service,
        [
          ...new Set(
            Object.values(containers)
              .flat()
              .map((digest) => this.#commitOf(digest)),
          ),
        ].toSorted(),
      ]),
    );
  }

  #commitOf(digest: string): string {
    const images = this.rehearsal.configuration.repositories[repository]?.images ?? {};
    for (const { repository: name } of Object.values(images)) {
      const image = this.rehearsal.aws.images.find(name, digest);
      if (image?.revision !== undefined) return image.revision;
    }
    return `unknown ${digest}`;
  }

  async describeService(service: string) {
    const { services = [] } = await this.ecs.send(
      new DescribeServicesCommand({ cluster: this.environment.cluster, services: [service] }),
    );
    const [found] = services;
    if (found === undefined) throw new Error(`There is no service ${service}`);
    return found;
  }

  async record(release: Release): Promise<ReleaseRecord> {
    const input = v.parse(v.pipe(v.string(), v.parseJson(), ReleaseInput), this.execution(release).input);
    const record = await this.rehearsal.ledger.release({
      environment: input.kind === "check" ? checksEnvironment : input.environment,
      id: release.name,
      startedAt: new Date(this.execution(release).startedAt).toISOString(),
      repository,
    });
    if (record === undefined) throw new Error(`The ledger has no record of ${release.name}`);
    return record;
  }

  /** Builds that CodeBuild started, as image and first letters of the commit. */
  async builds(): Promise<string[]> {
    const codebuild = new CodeBuildClient(this.rehearsal.aws.clientConfig());
    const { ids = [] } = await codebuild.send(new ListBuildsCommand({}));
    const { builds = [] } = ids.length === 0 ? {} : await codebuild.send(new BatchGetBuildsCommand({ ids }));
    codebuild.destroy();
    return builds
      .map(({ environment, sourceVersion }) => {
        const image = environment?.environmentVariables?.find(({ name }) => name === "LOCKMASTER_IMAGE")?.value;
        return `${image} ${sourceVersion?.slice(0, 7)}`;
      })
      .toSorted();
  }

  async close(): Promise<void> {
    this.ecs.destroy();
    this.stepFunctions.destroy();
    await this.rehearsal.close();
  }
}

/** Names of the states that an execution entered, in order, loops included. */
export function statesOf({ history }: ExecutionView): string[] {
  return history.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);
}

/** Name and message of the error that an execution failed with, as the console shows them. */
export function reasonOf({ error, cause = "" }: ExecutionView): string {
  const parsed: unknown = cause.startsWith("{") ? JSON.parse(cause) : undefined;
  const message =
    typeof parsed === "object" && parsed !== null && "errorMessage" in parsed ? parsed.errorMessage : cause;
  return `${error}: ${String(message)}`;
}

type ShopSettings = Pick<
  RehearsalOptions,
  "shop" | "around" | "observe" | "onGrant" | "githubCredentials" | "roles"
> & {
  /** Changes the demonstration shop's configuration. */
  configure?: (configuration: Configuration) => Configuration;
  /** Whether to wait until every service's first deployment is completed, as it is by default. */
  open?: boolean;
};

/** Opens the demonstration shop; the caller closes it. Several tests can share it. @param scenario for the engines */
export async function openShop(scenario: ScenarioInput = {}, settings: ShopSettings = {}): Promise<Shop> {
  const { configure = (configuration) => configuration, open = true, ...options } = settings;
  const clock = virtualClock();
  const configuration = configure(await readConfigurationFile(demonstrationFile));
  const rehearsal = await openRehearsal({ ...options, clock, scenario, configuration, webhookSecret: secret });
  const environment = configuration.repositories[repository]?.environments["staging"];
  if (environment === undefined) throw new Error("The demonstration shop has no staging");
  if (open) await clock.runUntil(rehearsal.shopIsDeployed);
  return new Shop(clock, rehearsal, environment);
}

/** Opens the demonstration shop, which is closed after the test. */
export async function openScenario(...given: Parameters<typeof openShop>): Promise<Shop> {
  const shop = await openShop(...given);
  onTestFinished(() => shop.close());
  return shop;
}

/** What `runningCommits` returns when every service runs one commit. */
export const onEveryService = (commit: string) => ({ frontend: [commit], backend: [commit], worker: [commit] });
