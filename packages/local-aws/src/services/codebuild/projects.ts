import {
  BatchGetProjects$,
  type BatchGetProjectsInput,
  type BatchGetProjectsOutput,
  CreateProject$,
  type CreateProjectInput,
  type CreateProjectOutput,
  ListProjects$,
  type ListProjectsInput,
  type ListProjectsOutput,
  type Project,
  UpdateProject$,
  type UpdateProjectInput,
  type UpdateProjectOutput,
} from "@aws-sdk/client-codebuild";
import { notInLocalAws } from "../../protocol/errors.ts";
import { type Operation, type Parsed, operation } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";
import { paginate } from "../../protocol/pagination.ts";
import { requireFittingImage } from "./curated-images.ts";
import { requirePlaintext } from "./environment.ts";
import { invalidInput, projectAlreadyExists, projectNotFound } from "./errors.ts";

export type StoredProject = Parsed<Project> & {
  name: string;
  arn: string;
  source: Parsed<CreateProjectInput>["source"];
  environment: Parsed<CreateProjectInput>["environment"];
  timeoutInMinutes: number;
  queuedTimeoutInMinutes: number;
};

export type Projects = {
  operations: Record<string, Operation>;
  find(name: string): StoredProject | undefined;
  arn(name: string): string;
};

const settings = [
  "name",
  "description",
  "source",
  "sourceVersion",
  "artifacts",
  "cache",
  "environment",
  "serviceRole",
  "timeoutInMinutes",
  "queuedTimeoutInMinutes",
  "encryptionKey",
  "tags",
] as const;

export function createProjects(world: World): Projects {
  const projects = new Map<string, StoredProject>();
  const arn = (name: string): string => `arn:aws:codebuild:${world.region}:${world.accountId}:project/${name}`;

  function create(input: Parsed<CreateProjectInput>): CreateProjectOutput {
    if (projects.has(input.name)) throw projectAlreadyExists(arn(input.name));
    refuseUnsupported(input);
    const now = new Date(world.clock.now());
    const project: StoredProject = {
      cache: { type: "NO_CACHE" },
      encryptionKey: `arn:aws:kms:${world.region}:${world.accountId}:alias/aws/s3`,
      tags: [],
      timeoutInMinutes: 60,
      queuedTimeoutInMinutes: 480,
      ...input,
      environment: {
        environmentVariables: [],
        privilegedMode: false,
        imagePullCredentialsType: "CODEBUILD",
        ...input.environment,
      },
      arn: arn(input.name),
      created: now,
      lastModified: now,
      badge: { badgeEnabled: false },
      projectVisibility: "PRIVATE",
    };
    projects.set(input.name, project);
    return { project };
  }

  function update(input: Parsed<UpdateProjectInput>): UpdateProjectOutput {
    const known = projects.get(input.name);
    if (known === undefined) throw projectNotFound(arn(input.name));
    refuseUnsupported(input);
    const project: StoredProject = { ...known, ...input, lastModified: new Date(world.clock.now()) };
    projects.set(input.name, project);
    return { project };
  }

  function batchGet({ names }: Parsed<BatchGetProjectsInput>): BatchGetProjectsOutput {
    const found = names.map((given) => ({ given, project: projects.get(given.replace(/^arn:.*:project\//, "")) }));
    return {
      projects: found.flatMap(({ project }) => project ?? []),
      projectsNotFound: found.filter(({ project }) => project === undefined).map(({ given }) => given),
    };
  }

  function list(input: Parsed<ListProjectsInput>): ListProjectsOutput {
    const key = (project: StoredProject): string | number => {
      if (input.sortBy === "CREATED_TIME") return project.created?.getTime() ?? 0;
      if (input.sortBy === "LAST_MODIFIED_TIME") return project.lastModified?.getTime() ?? 0;
      return project.name;
    };
    const sorted = [...projects.values()].sort((a, b) => (key(a) < key(b) ? -1 : Number(key(a) > key(b))));
    if (input.sortOrder === "DESCENDING") sorted.reverse();
    const { items, nextToken } = paginate(sorted, {
      size: 100,
      nextToken: input.nextToken,
      invalidToken: invalidInput("Invalid nextToken"),
    });
    return { projects: items.map(({ name }) => name), ...(nextToken !== undefined && { nextToken }) };
  }

  return {
    find: (name) => projects.get(name),
    arn,
    operations: {
      CreateProject: operation<CreateProjectInput, CreateProjectOutput>(CreateProject$, settings, create),
      UpdateProject: operation<UpdateProjectInput, UpdateProjectOutput>(UpdateProject$, settings, update),
      BatchGetProjects: operation<BatchGetProjectsInput, BatchGetProjectsOutput>(
        BatchGetProjects$,
        ["names"],
        batchGet,
      ),
      ListProjects: operation<ListProjectsInput, ListProjectsOutput>(
        ListProjects$,
        ["sortBy", "sortOrder", "nextToken"],
        list,
      ),
    },
  };
}

function refuseUnsupported(input: Parsed<UpdateProjectInput>): void {
  if (input.artifacts !== undefined && input.artifacts.type !== "NO_ARTIFACTS") {
    throw notInLocalAws(`build artifacts of type ${input.artifacts.type}`);
  }
  if (input.cache?.type === "S3") throw notInLocalAws("a build cache in S3");
  for (const member of ["fleet", "computeConfiguration", "dockerServer", "hostKernel"] as const) {
    if (input.environment?.[member] !== undefined) throw notInLocalAws(`the environment's '${member}' of codebuild`);
  }
  if (input.environment !== undefined) requireFittingImage(input.environment);
  requirePlaintext(input.environment?.environmentVariables ?? []);
}
