import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { type StoredConfiguration, storedConfigurations } from "@lockmaster/core/config/stored.ts";
import { type Clock, type LocalAws, type LocalAwsOptions, startLocalAws } from "@lockmaster/local-aws";
import { buildCommandOf, lockmasterBuilds } from "./builds/recipe.ts";
import { install, type Installation } from "./install/install.ts";
import * as v from "valibot";
import { buildsOf } from "@lockmaster/installation/builds/project-settings.ts";
import { bundling } from "@lockmaster/installation/topology/bundling.ts";
import { environmentRolesOf } from "@lockmaster/installation/permissions/policy.ts";
import { stateMachine } from "@lockmaster/installation/topology/topology.ts";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import { attachPolicies } from "./install/policies.ts";
import { withLocalProbes } from "./shop/local-probes.ts";
import { createShop, type ShopOptions } from "./shop/shop.ts";

/** Prefix of every installed name, as in a deployment. */
const prefix = "lockmaster";

export type RehearsalOptions = Pick<
  LocalAwsOptions,
  "port" | "scenario" | "latency" | "around" | "observe" | "onGrant" | "roles"
> & {
  clock: Clock;
  configuration: Configuration;
  webhookSecret: string;
  /** Content of the secret with GitHub's credentials: see docs/github.md. Without it, Lockmaster sends GitHub no requests. */
  githubCredentials?: string;
  shop?: ShopOptions;
};

/** Lockmaster and the services of its configuration, installed in a new local AWS. */
export type Rehearsal = {
  aws: LocalAws;
  installation: Installation;
  ledger: ReturnType<typeof dynamodbLedger>;
  configuration: Configuration;
  webhookSecret: string;
  /** Changes a repository's configuration as a deployment does: the stored configuration and the functions' policies. */
  reconfigure(stored: StoredConfiguration): Promise<void>;
  /** Names of the state machine's states, without those inside Maps. */
  topLevelStates: readonly string[];
  /** Whether ECS has completed the first deployment of every service; this takes time on the rehearsal's clock. */
  shopIsDeployed: () => boolean;
  shopDeployed: Promise<void>;
  close(): Promise<void>;
};

/** Starts a local AWS, installs Lockmaster and creates the shop in it. The services then start on the rehearsal's clock. */
export async function openRehearsal(options: RehearsalOptions): Promise<Rehearsal> {
  const { clock, webhookSecret, githubCredentials, shop, configuration: configured, ...local } = options;
  const buildspec = await readFile(join(repositoryRoot, "buildspec.yml"), "utf8");
  const aws = await startLocalAws({
    roles: environmentRolesOf(configured),
    ...local,
    clock,
    root: repositoryRoot,
    bundling,
    builds: { ...lockmasterBuilds, command: buildCommandOf(buildspec) },
  });
  const dynamodb = new DynamoDBClient(aws.clientConfig());
  const close = async () => {
    dynamodb.destroy();
    await aws.close();
  };
  const configuration = withLocalProbes(aws, configured);
  const firstDeployments = watchFirstDeployments(aws, configuration);
  try {
    const installation = await install(aws, {
      root: repositoryRoot,
      prefix,
      webhookSecret,
      ...(githubCredentials !== undefined && { githubCredentials }),
    });
    attachPolicies(aws, prefix, configuration);
    const ledger = dynamodbLedger(dynamodb, installation.ledgerTable);
    for (const stored of storedConfigurations(configuration)) {
      await ledger.putConfiguration(stored);
      await createShop(aws, stored.repository, stored.configuration, {
        ...shop,
        buildProjectPrefix: installation.buildProjectPrefix,
        buildspec,
        builds: buildsOf(configuration, stored.repository),
        platform: configuration.installation.builds.platform,
      });
    }
    return {
      aws,
      installation,
      ledger,
      configuration,
      webhookSecret,
      async reconfigure(stored) {
        const repositories = { ...configuration.repositories, [stored.repository]: stored.configuration };
        attachPolicies(aws, prefix, { ...configuration, repositories });
        await ledger.putConfiguration(stored);
      },
      topLevelStates: await readStates(),
      ...firstDeployments,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const Machine = v.pipe(v.string(), v.parseJson(), v.object({ States: v.record(v.string(), v.unknown()) }));

async function readStates(): Promise<string[]> {
  return Object.keys(v.parse(Machine, await readFile(join(repositoryRoot, stateMachine.file), "utf8")).States);
}

function watchFirstDeployments(
  aws: LocalAws,
  { repositories }: Configuration,
): Pick<Rehearsal, "shopIsDeployed" | "shopDeployed"> {
  const pending = new Set(
    Object.values(repositories)
      .flatMap(({ environments }) => Object.values(environments))
      .flatMap(({ cluster, services }) => Object.values(services).map(({ service }) => `${cluster}/${service}`)),
  );
  const shopDeployed = new Promise<void>((resolve) => {
    aws.onEvent(({ resources, detail }) => {
      if (detail["eventName"] !== "SERVICE_DEPLOYMENT_COMPLETED") return;
      pending.delete(resources[0]?.split(":service/")[1] ?? "");
      if (pending.size === 0) resolve();
    });
  });
  return { shopIsDeployed: () => pending.size === 0, shopDeployed };
}
