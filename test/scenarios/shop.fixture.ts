import { BatchGetBuildsCommand, CodeBuildClient, ListBuildsCommand } from "@aws-sdk/client-codebuild";
import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import { RedriveExecutionCommand, SFNClient, StartExecutionCommand, StopExecutionCommand } from "@aws-sdk/client-sfn";
import { deliver } from "@lockmaster/rehearsal/deliveries/deliver.ts";
import type { DeliveryAnswer } from "@lockmaster/rehearsal/deliveries/deliver.ts";
import { readConfiguration } from "@lockmaster/cli/lib/configuration-file.ts";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
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

/** Commits that scenarios push: told apart by their first letters. */
export const commits = {
  first: firstCommit,
  good: "a".repeat(40),
  bad: "b".repeat(40),
  better: "c".repeat(40),
};

/** Waits longer than this for an execution mean that it hangs. */
const longestReleaseMs = 24 * 3600 * 1000;

const Started = v.object({ executions: v.tupleWithRest([v.object({ name: v.string() })], v.unknown()) });

export type Release = { name: string; executionArn: string };

/** The demonstration shop with Lockmaster on a virtual clock, and what a developer or operator does with it. */
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

  /** Pushes a commit to a branch and answers what the webhook said. */
  push(sha: string, { branch = "main", message = "A change" }: { branch?: string; message?: string } = {}) {
    const pushedAt = new Date(this.clock.now());
    const payload = pushPayload({ repository, branch, sha, message, author: "octocat", pushedAt });
    return this.answered(deliver({ url: this.rehearsal.installation.webhookUrl, secret, event: "push", payload }));
  }

  /** Tags a commit and answers what the webhook said. */
  tag(tag: string, sha: string, { annotated = false }: { annotated?: boolean } = {}) {
    const pushedAt = new Date(this.clock.now());
    const payload = tagPayload({ repository, tag, sha, annotated, message: "A change", author: "octocat", pushedAt });
    return this.answered(deliver({ url: this.rehearsal.installation.webhookUrl, secret, event: "push", payload }));
  }

  /** Tags a commit and lets the promotion end. */
  async promote(tag: string, sha: string, options?: { annotated?: boolean }) {
    const release = this.started(await this.tag(tag, sha, options));
    return { release, execution: await this.end(release) };
  }

  /** Lets time pass until the webhook, or another function that somebody outside asked, has answered. */
  answered<T>(answer: Promise<T>): Promise<T> {
    return this.clock.during(answer, this.rehearsal.aws.lambda.isAtWork);
  }

  /** Pushes a commit that starts exactly one release. */
  async begin(sha: string, options?: { branch?: string }): Promise<Release> {
    const answer = await this.push(sha, options);
    if (answer.status !== 202) throw new Error(`No release: ${JSON.stringify(answer)}`);
    return this.started(answer);
  }

  /** The release that the webhook said it started, or had started before. */
  started({ body }: DeliveryAnswer): Release {
    const { name } = v.parse(Started, body).executions[0];
    const machine = this.rehearsal.installation.stateMachineArn;
    return { name, executionArn: `${machine.replace(":stateMachine:", ":execution:")}:${name}` };
  }

  /** Lets time pass until the release has ended. */
  async end(release: Release): Promise<ExecutionView> {
    await this.clock.runUntil(() => this.view(release).status !== "RUNNING", { limitMs: longestReleaseMs });
    return this.view(release);
  }

  /** Pushes a commit and lets the release end. */
  async release(sha: string, options?: { branch?: string }): Promise<{ release: Release; execution: ExecutionView }> {
    const release = await this.begin(sha, options);
    return { release, execution: await this.end(release) };
  }

  view({ executionArn }: Release): ExecutionView {
    return this.rehearsal.aws.stepFunctions.execution(executionArn);
  }

  /** Lets time pass until the release has entered a state. */
  async reach(release: Release, state: string): Promise<void> {
    const entered = () => statesOf(this.view(release)).includes(state);
    await this.clock.runUntil(() => entered() || this.view(release).status !== "RUNNING");
    if (!entered()) throw new Error(`The release ended without entering ${state}`);
  }

  /** Starts an execution by hand, as an operator does in the console. */
  async start(name: string, input: unknown): Promise<Release> {
    const { executionArn = "" } = await this.stepFunctions.send(
      new StartExecutionCommand({
        stateMachineArn: this.rehearsal.installation.stateMachineArn,
        name,
        input: typeof input === "string" ? input : JSON.stringify(input),
      }),
    );
    return { name, executionArn };
  }

  /** Stops the release as an operator does in the console. */
  async stop({ executionArn }: Release): Promise<void> {
    await this.stepFunctions.send(new StopExecutionCommand({ executionArn, error: "Operator", cause: "Enough of it" }));
  }

  async redrive(release: Release): Promise<ExecutionView> {
    await this.stepFunctions.send(new RedriveExecutionCommand({ executionArn: release.executionArn }));
    return this.end(release);
  }

  /** Commits whose images really run, by service; several commits while a service runs a mixture, none when nothing runs. */
  async runs(environment = this.environment): Promise<Record<string, string[]>> {
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

  async describe(service: string) {
    const { services = [] } = await this.ecs.send(
      new DescribeServicesCommand({ cluster: this.environment.cluster, services: [service] }),
    );
    const [found] = services;
    if (found === undefined) throw new Error(`There is no service ${service}`);
    return found;
  }

  async record(release: Release): Promise<ReleaseRecord> {
    const input = v.parse(v.pipe(v.string(), v.parseJson(), ReleaseInput), this.view(release).input);
    const record = await this.rehearsal.ledger.release({
      environment: input.kind === "check" ? checksEnvironment : input.environment,
      id: release.name,
      startedAt: new Date(this.view(release).startedAt).toISOString(),
      repository,
    });
    if (record === undefined) throw new Error("The ledger does not know the release");
    return record;
  }

  /** Builds that CodeBuild really started, as image and first letters of the commit. */
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

/** The message of the error that an execution failed with, as an operator reads it in the console. */
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

/** Opens the demonstration shop with what its engines are to do; it is closed after the test. */
export async function openScenario(scenario: ScenarioInput = {}, settings: ShopSettings = {}): Promise<Shop> {
  const { configure = (configuration) => configuration, open = true, ...options } = settings;
  const clock = virtualClock();
  const configuration = configure(await readConfiguration(repositoryRoot));
  const rehearsal = await openRehearsal({ ...options, clock, scenario, configuration, webhookSecret: secret });
  const environment = configuration.repositories[repository]?.environments["staging"];
  if (environment === undefined) throw new Error("The demonstration shop has no staging");
  const shop = new Shop(clock, rehearsal, environment);
  onTestFinished(() => shop.close());
  if (open) await clock.runUntil(rehearsal.shopIsDeployed);
  return shop;
}
