import type { Project } from "@aws-sdk/client-codebuild";
import type { Service, TaskDefinition } from "@aws-sdk/client-ecs";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { namesOf } from "@lockmaster/installation/topology/names.ts";
import type { AwsReader, ReadResult } from "./aws-reader.ts";
import type { HomeClients, AccountClients } from "./clients.ts";
import type { EnvironmentTarget, RepositoryTarget, Scope, ServiceTarget } from "./scope.ts";

/** An environment's account and region, with clients for them. */
export type CheckedAccount = { clients: AccountClients; account: string; region: string };

export type ServiceFacts = {
  target: ServiceTarget;
  account: CheckedAccount | undefined;
  service: ReadResult<Service>;
  taskDefinition: ReadResult<TaskDefinition>;
  /** The newest revision of its template; undefined without a template. */
  template?: ReadResult<TaskDefinition> | undefined;
};

export type ProjectFacts = {
  builds: ReadResult<Project>;
  checks: ReadResult<Project>;
  names: { builds: string; checks: string };
};

/** Credentials of an assumed role, valid for 15 minutes. */
export type Session = { accessKeyId: string; secretAccessKey: string; sessionToken: string };

/** What checks read, and the clients to read it with. */
export type CheckContext = {
  aws: AwsReader;
  configuration: Configuration;
  scope: Scope;
  /** Lockmaster's own account and region. */
  home: { clients: HomeClients; account: string; region: string; partition: string; caller: string };
  /** Names of the installation; undefined when no installation is named. */
  names?: ReturnType<typeof namesOf>;
  /** Base URL of GitHub's REST API. */
  githubApi: string;
  /** Assumes a role; `absent` when AWS denies that to these credentials. */
  session: (role: string) => Promise<ReadResult<Session>>;
  /** An environment's account; undefined when these credentials have no access to it. */
  accountOf: (target: EnvironmentTarget) => Promise<CheckedAccount | undefined>;
  service: (target: ServiceTarget) => Promise<ServiceFacts>;
  /** The CodeBuild projects of a repository; undefined when no installation is named. */
  projects: (target: RepositoryTarget) => Promise<ProjectFacts | undefined>;
};
