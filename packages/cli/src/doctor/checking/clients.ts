import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CodeBuildClient } from "@aws-sdk/client-codebuild";
import { CodeStarConnectionsClient } from "@aws-sdk/client-codestar-connections";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { IAMClient } from "@aws-sdk/client-iam";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";
import type { ClientConfig } from "../../lib/operator-clients.ts";

export type AccountConfig = Omit<ClientConfig, "credentials"> & {
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
};

/** Clients for an environment's account, which may be Lockmaster's own. */
export type AccountClients = ReturnType<typeof accountClients>;
export type HomeClients = ReturnType<typeof homeClients>;

/** Cheap: a client connects when it is first used. */
export function accountClients(config: AccountConfig) {
  return {
    cloudWatch: new CloudWatchClient(config),
    ecs: new ECSClient(config),
    events: new EventBridgeClient(config),
    iam: new IAMClient(config),
    quotas: new ServiceQuotasClient(config),
    scheduler: new SchedulerClient(config),
    secrets: new SecretsManagerClient(config),
    ssm: new SSMClient(config),
  };
}

/** Clients for Lockmaster's own account. */
export function homeClients(config: AccountConfig) {
  return {
    ...accountClients(config),
    codeBuild: new CodeBuildClient(config),
    connections: new CodeStarConnectionsClient(config),
    dynamodb: new DynamoDBClient(config),
    ecr: new ECRClient(config),
    lambda: new LambdaClient(config),
    stepFunctions: new SFNClient(config),
    sts: new STSClient(config),
  };
}

export function closeClients(clients: Readonly<Record<string, { destroy(): void }>>): void {
  for (const client of Object.values(clients)) client.destroy();
}
