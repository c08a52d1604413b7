import { type Access, type RequestInput, type ServiceAccess, textsOf } from "../../protocol/demand.ts";

const project = (member: string): Access => ({ on: [`project/{${member}}`] });

/** A build's id begins with its project's name. */
const projectOfBuilds = (member: string): Access => ({
  on: (input, arn) => [
    ...new Set(textsOf(input, member).map((id) => arn(`project/${id.slice(0, Math.max(0, id.lastIndexOf(":")))}`))),
  ],
});

/** Condition key by the request member that overrides a setting of the project. */
const overrides = {
  buildspecOverride: "codebuild:source.buildspec",
  sourceLocationOverride: "codebuild:source.location",
  imageOverride: "codebuild:environment.image",
  privilegedModeOverride: "codebuild:environment.privilegedMode",
  serviceRoleOverride: "codebuild:serviceRole",
};

/** docs.aws.amazon.com/codebuild/latest/userguide/action-context-keys.html */
const overridden = (input: RequestInput): Record<string, string> =>
  Object.fromEntries(
    Object.entries(overrides).flatMap(([member, key]) => (member in input ? [[key, String(input[member])]] : [])),
  );

/** docs.aws.amazon.com/service-authorization/latest/reference/list_awscodebuild.html */
export const codeBuildAccess: ServiceAccess = {
  prefix: "codebuild",
  operations: {
    BatchGetBuilds: projectOfBuilds("ids"),
    BatchGetProjects: project("names"),
    CreateProject: project("name"),
    ListBuilds: { on: "*" },
    ListBuildsForProject: project("projectName"),
    ListProjects: { on: "*" },
    StartBuild: { ...project("projectName"), mentions: overridden },
    StopBuild: projectOfBuilds("id"),
    UpdateProject: project("name"),
  },
};
