import type { Project } from "@aws-sdk/client-codebuild";
import type { Service, TaskDefinition } from "@aws-sdk/client-ecs";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { namesOf } from "@lockmaster/installation/topology/names.ts";
import type { Asking, Seen } from "./asking.ts";
import type { HomeClients, AccountClients } from "./clients.ts";
import type { EnvironmentTarget, RepositoryTarget, Scope, ServiceTarget } from "./scope.ts";

/** An environment's account and region, and clients that look there. */
export type CheckedAccount = { clients: AccountClients; account: string; region: string };

export type ServiceFacts = {
  target: ServiceTarget;
  place: CheckedAccount | undefined;
  service: Seen<Service>;
  taskDefinition: Seen<TaskDefinition>;
  /** The newest of its template; undefined where it has none. */
  template?: Seen<TaskDefinition> | undefined;
};

export type ProjectFacts = { builds: Seen<Project>; checks: Seen<Project>; names: { builds: string; checks: string } };

/** Credentials of a role, for a quarter of an hour. */
export type Session = { accessKeyId: string; secretAccessKey: string; sessionToken: string };

/** What checks look at, and with whose eyes. */
export type Surroundings = {
  asking: Asking;
  configuration: Configuration;
  scope: Scope;
  /** Lockmaster's own account and region. */
  home: { clients: HomeClients; account: string; region: string; partition: string; caller: string };
  /** Of the installation; undefined where none is named. */
  names?: ReturnType<typeof namesOf>;
  /** Base URL of GitHub's REST API. */
  githubApi: string;
  /** Assumes a role; `absent` where these credentials may not. */
  session: (role: string) => Promise<Seen<Session>>;
  /** Where an environment is; undefined where these credentials do not reach. */
  place: (target: EnvironmentTarget) => Promise<CheckedAccount | undefined>;
  service: (target: ServiceTarget) => Promise<ServiceFacts>;
  /** The CodeBuild projects of a repository; undefined where no installation is named. */
  projects: (target: RepositoryTarget) => Promise<ProjectFacts | undefined>;
};
