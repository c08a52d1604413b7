import type { Validated } from "../validation.fixture.ts";

const project = {
  name: "shop",
  source: { type: "NO_SOURCE" },
  artifacts: { type: "NO_ARTIFACTS" },
  serviceRole: "arn:aws:iam::111122223333:role/build",
  environment: { type: "ARM_CONTAINER", image: "image", computeType: "BUILD_GENERAL1_SMALL" },
};

export const validatedCodeBuild: Validated = {
  errors: ["InvalidInputException"],
  setUp: [["CreateProject", project]],
  // CodeBuild documents no limit of these texts.
  free: [
    ...["CreateProject", "UpdateProject"].flatMap((operation) =>
      [
        "artifacts.artifactIdentifier",
        "artifacts.location",
        "artifacts.name",
        "artifacts.path",
        "cache.cacheNamespace",
        "cache.location",
        "environment.certificate",
        "environment.environmentVariables.value",
        "source.auth.resource",
        "source.buildspec",
        "source.buildStatusConfig.context",
        "source.buildStatusConfig.targetUrl",
        "source.location",
        "source.sourceIdentifier",
        "sourceVersion",
      ].map((member) => `${operation}.${member}`),
    ),
    "StartBuild.environmentVariablesOverride.value",
    "StartBuild.idempotencyToken",
    "StartBuild.sourceVersion",
  ],
  absent: [
    ["CreateProject", project, "ResourceAlreadyExistsException"],
    ["UpdateProject", { name: "none" }, "ResourceNotFoundException"],
    ["StartBuild", { projectName: "none" }, "ResourceNotFoundException"],
    ["StopBuild", { id: "shop:none" }, "ResourceNotFoundException"],
    ["StopBuild", { id: "none" }, "InvalidInputException"],
    ["BatchGetBuilds", { ids: ["none"] }, "InvalidInputException"],
    ["ListBuildsForProject", { projectName: "none" }, "ResourceNotFoundException"],
    ["ListBuildsForProject", { projectName: "shop", nextToken: "none" }, "InvalidInputException"],
    ["ListBuilds", { nextToken: "none" }, "InvalidInputException"],
    ["ListProjects", { nextToken: "none" }, "InvalidInputException"],
  ],
  valid: {
    CreateProject: { ...project, name: "blog" },
    UpdateProject: { name: "shop" },
    StartBuild: { projectName: "shop" },
    StopBuild: { id: "shop:none" },
    ListBuildsForProject: { projectName: "shop" },
  },
};
