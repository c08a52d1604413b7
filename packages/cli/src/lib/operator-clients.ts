import type { Command } from "commander";
import { UsageError } from "./operator-errors.ts";

/** Credentials, region and endpoint of a command; absent ones are found as the AWS CLI finds them. */
export type OperatorOptions = { endpointUrl?: string; region?: string; profile?: string };

/** Configuration of every SDK client of an operator's command. */
export type ClientConfig = {
  endpoint?: string;
  region?: string;
  profile?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
  requestHandler: { connectionTimeout: number; requestTimeout: number; throwOnRequestTimeout: true };
};

/** Adds the options that select account, region and endpoint, with the names of the AWS CLI. */
export function withOperatorOptions(command: Command): Command {
  return command
    .option("--endpoint-url <url>", "another AWS endpoint, as AWS_ENDPOINT_URL: a local AWS")
    .option("--region <name>", "the AWS region, as AWS_REGION")
    .option("--profile <name>", "the AWS profile, as AWS_PROFILE");
}

/** An operator waits at a terminal: an endpoint that does not answer must fail within seconds. */
const requestHandler = { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true } as const;

/**
 * Client configuration of a command. The local AWS accepts any credentials: an endpoint on this machine gets dummy credentials
 * and a region, unless the options name a profile or region.
 */
export function clientConfig({ endpointUrl, region, profile }: OperatorOptions): ClientConfig {
  const chosen = { ...(region !== undefined && { region }), ...(profile !== undefined && { profile }), requestHandler };
  if (endpointUrl === undefined) return chosen;
  if (!isLocal(endpointUrl) || profile !== undefined) return { endpoint: endpointUrl, ...chosen };
  return {
    endpoint: endpointUrl,
    region: process.env["AWS_REGION"] ?? "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    ...chosen,
  };
}

function isLocal(endpointUrl: string): boolean {
  if (!URL.canParse(endpointUrl)) throw new UsageError(`--endpoint-url: ${endpointUrl} is not a URL`);
  return /^(?:127(?:\.\d+){3}|localhost|\[::1\])$/.test(new URL(endpointUrl).hostname);
}
