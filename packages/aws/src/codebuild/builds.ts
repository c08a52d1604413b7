import {
  BatchGetBuildsCommand,
  ListBuildsForProjectCommand,
  StartBuildCommand,
  StopBuildCommand,
  type Build,
  type BuildPhase,
  CodeBuildClient,
} from "@aws-sdk/client-codebuild";
import { RejectedError } from "@lockmaster/core/lib/errors.ts";
import type { Builds, ObservedBuild } from "@lockmaster/core/build/ports.ts";
import { incompleteAnswer, isAwsError, required, withTranslatedErrors } from "../lib/errors.ts";
import { clientOptions, type CallLimits } from "../lib/client-options.ts";

/** @param limits of one call; the default suits a step of the state machine */
export const codebuildClient = (limits?: CallLimits) => new CodeBuildClient(clientOptions(limits));

/** Starts builds. Separate, because only one function starts builds and the request is most of the client's size. */
export function codebuildStarter(client: CodeBuildClient): Pick<Builds, "start"> {
  return {
    async start({ project, sha, idempotencyToken, timeoutMinutes, environment, machine }) {
      const command = new StartBuildCommand({
        projectName: project,
        sourceVersion: sha,
        idempotencyToken,
        timeoutInMinutesOverride: timeoutMinutes,
        ...(machine !== undefined && { environmentTypeOverride: machine.type, imageOverride: machine.image }),
        environmentVariablesOverride: Object.entries(environment).map(([name, value]) => ({
          name,
          value,
          type: "PLAINTEXT",
        })),
      });
      const call = { action: "codebuild:StartBuild", resource: `project ${project}` };
      const answer = await withTranslatedErrors(call, () => client.send(command).catch(whenFull(project)));
      if (answer === "full") return answer;
      if (answer.build?.id === undefined) throw incompleteAnswer(call, "the id of the build");
      return { id: answer.build.id };
    },
  };
}

/** Reads and stops CodeBuild's builds. */
export function codebuildBuilds(client: CodeBuildClient): Omit<Builds, "start"> {
  const describe = async (ids: string[]): Promise<ObservedBuild[]> => {
    if (ids.length === 0) return [];
    const call = { action: "codebuild:BatchGetBuilds", resource: projectOf(ids) };
    const { builds } = await withTranslatedErrors(call, () => client.send(new BatchGetBuildsCommand({ ids })));
    return required(builds, call, "a list of builds").map(observe);
  };
  return {
    async describe(id) {
      const [build] = await describe([id]);
      return build;
    },
    async recent(project) {
      // The default is newest first; CodeBuild rejects an explicit order for a project with more than a hundred builds.
      const call = { action: "codebuild:ListBuildsForProject", resource: `project ${project}` };
      const answer = await withTranslatedErrors(call, () =>
        client.send(new ListBuildsForProjectCommand({ projectName: project })),
      );
      const ids = required(answer.ids, call, "a list of builds");
      const found = new Map((await describe(ids)).map((build) => [build.id, build]));
      return ids.map((id) => found.get(id)).filter((build) => build !== undefined);
    },
    async stop(id) {
      await withTranslatedErrors({ action: "codebuild:StopBuild", resource: projectOf([id]) }, () =>
        client.send(new StopBuildCommand({ id })).catch(whenEnded),
      );
    },
  };
}

/**
 * The account's queue is full, or the project runs as many builds as it may: a later request can start the build. AWS lets some
 * new accounts run no build at all, which waiting does not change.
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html for the error
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/builds-working.html for both limits
 * @see https://github.com/aws-samples/aws-secure-environment-accelerator/issues/982 for an account without any build
 */
function whenFull(project: string): (error: unknown) => "full" {
  return (error) => {
    if (!isAwsError(error, "AccountLimitExceededException")) throw error;
    if (!/more than 0 (?:builds in queue|active builds)/.test(error.message)) return "full";
    throw new RejectedError(
      `codebuild:StartBuild on project ${project} was refused: AWS lets this account run no builds of this machine type (${error.message}). Request a higher quota of concurrently running builds, or ask AWS Support to lift the limit of a new account; then redrive.`,
      { code: "AWS_REFUSED", cause: error },
    );
  };
}

/** The documentation does not say how CodeBuild answers for a build that has ended; neither it nor a missing one needs a stop. */
function whenEnded(error: unknown): void {
  if (!isAwsError(error, "InvalidInputException", "ResourceNotFoundException")) throw error;
}

function observe(build: Build): ObservedBuild {
  const failed = build.phases?.find(hasFailed);
  const seconds = durationOf(build);
  const { deepLink: logUrl, groupName: group, streamName: stream } = build.logs ?? {};
  return {
    id: build.id ?? "",
    project: build.projectName ?? "",
    status: build.buildStatus ?? "IN_PROGRESS",
    environment: variables(build.environment?.environmentVariables),
    exported: variables(build.exportedEnvironmentVariables),
    ...(failed !== undefined && { failedPhase: describePhase(failed) }),
    ...(seconds !== undefined && { durationSeconds: seconds }),
    ...(logUrl !== undefined && { logUrl }),
    ...(group !== undefined && stream !== undefined && { log: { group, stream } }),
  };
}

const hasFailed = ({ phaseStatus }: BuildPhase): boolean =>
  phaseStatus !== undefined && phaseStatus !== "SUCCEEDED" && phaseStatus !== "IN_PROGRESS";

function describePhase({ phaseType, phaseStatus, contexts }: BuildPhase): { phase: string; message: string } {
  const messages = (contexts ?? []).map(({ statusCode, message }) => [statusCode, message].filter(Boolean).join(": "));
  return { phase: phaseType ?? "UNKNOWN", message: messages.filter(Boolean).join("; ") || (phaseStatus ?? "failed") };
}

function durationOf({ startTime, endTime }: Build): number | undefined {
  if (startTime === undefined || endTime === undefined) return undefined;
  return Math.max(0, Math.round((endTime.getTime() - startTime.getTime()) / 1000));
}

function variables(
  given: readonly { name?: string | undefined; value?: string | undefined }[] | undefined,
): Record<string, string> {
  return Object.fromEntries((given ?? []).map(({ name, value }) => [name ?? "", value ?? ""]));
}

/** A build's id begins with its project. */
const projectOf = ([id = ""]: readonly string[]): string => `project ${id.slice(0, id.lastIndexOf(":"))}`;
