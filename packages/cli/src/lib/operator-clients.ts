import { UsageError } from "./operator-errors.ts";
import type { Command } from "commander";

/** Whose credentials a command acts with, and where: what is left out is found as the AWS CLI finds it. */
export type OperatorOptions = { endpointUrl?: string; region?: string; profile?: string };

/** What every SDK client of an operator's command is made with. */
export type ClientConfig = {
  endpoint?: string;
  region?: string;
  profile?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
  requestHandler: { connectionTimeout: number; requestTimeout: number; throwOnRequestTimeout: true };
};

/** Adds the options by which a command finds AWS, named as the AWS CLI names them. */
export function withOperatorOptions(command: Command): Command {
  return command
    .option("--endpoint-url <url>", "another address of AWS's, as AWS_ENDPOINT_URL: the local AWS's, for a rehearsal")
    .option("--region <name>", "as AWS_REGION")
    .option("--profile <name>", "as AWS_PROFILE");
}

/** Somebody waits at a terminal: an address where nobody answers must not take minutes to say so. */
const requestHandler = { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true } as const;

/**
 * Configuration of the clients of a command. The local AWS believes any credentials: an endpoint on this machine gets some
 * that are nobody's, and a region, unless they are named.
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
  if (!URL.canParse(endpointUrl)) throw new UsageError(`--endpoint-url: ${endpointUrl} is no URL`);
  return /^(?:127(?:\.\d+){3}|localhost|\[::1\])$/.test(new URL(endpointUrl).hostname);
}
