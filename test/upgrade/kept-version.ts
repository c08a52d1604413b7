import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { DescribeStateMachineCommand, SFNClient, UpdateStateMachineCommand } from "@aws-sdk/client-sfn";
import { fillPlaceholders } from "@lockmaster/installation/topology/placeholders.ts";
import type { Rehearsal } from "@lockmaster/rehearsal/rehearsal.ts";
import * as v from "valibot";

/** What an earlier version deployed: code and settings of its functions by key, and its state machine with placeholders. */
export const KeptVersion = v.object({
  version: v.string(),
  stateMachine: v.string(),
  /** Keys of the functions that the state machine invokes. */
  invoked: v.array(v.string()),
  functions: v.record(
    v.string(),
    v.object({
      timeoutSeconds: v.number(),
      memoryMegabytes: v.number(),
      environment: v.record(v.string(), v.object({ ref: v.string() })),
      code: v.string(),
    }),
  ),
});
export type KeptVersion = v.InferOutput<typeof KeptVersion>;

export function readKeptVersion(version: string): KeptVersion {
  const compressed = readFileSync(join(import.meta.dirname, `${version}.json.br`));
  return v.parse(v.pipe(v.string(), v.parseJson(), KeptVersion), brotliDecompressSync(compressed).toString("utf8"));
}

/**
 * Has the installation's state machine invoke an earlier version's functions, as before an upgrade. Both versions share everything
 * else: ledger, names, rules.
 *
 * @returns `upgrade` sets today's definition, `downgrade` the earlier one again; on AWS, executions that started before keep theirs, with its versions of the functions
 */
export async function installVersion({ aws, installation }: Rehearsal, kept: KeptVersion) {
  const folder = mkdtempSync(join(tmpdir(), "lockmaster-upgrade-"));
  const suffix = kept.version.replaceAll(".", "-");
  const { stateMachineArn } = installation;
  const references: Readonly<Record<string, string>> = {
    ledgerTable: installation.ledgerTable,
    webhookSecret: "lockmaster/github-webhook",
    githubCredentials: "lockmaster/github-credentials",
    githubApi: installation.githubApi,
    buildProjectPrefix: installation.buildProjectPrefix,
    metricNamespace: "Lockmaster/lockmaster",
    stateMachine: stateMachineArn,
  };
  for (const [key, { code, environment, ...settings }] of Object.entries(kept.functions)) {
    const file = join(folder, `${key}.mjs`);
    // The local AWS gives a bundle its `require`; the deployed one begins by making its own.
    writeFileSync(file, code.replace(/^.*createRequireOfBundle\(import\.meta\.url\);/, ""));
    aws.lambda.register(`${key}-${suffix}`, {
      file,
      ...settings,
      environment: Object.fromEntries(
        Object.entries(environment).map(([variable, { ref }]) => [variable, references[ref] ?? ""]),
      ),
    });
  }
  const client = new SFNClient(aws.clientConfig());
  const { definition: today } = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
  const setDefinition = (definition: string | undefined) =>
    client.send(new UpdateStateMachineCommand({ stateMachineArn, definition }));
  const arnOf = (key: string) => `arn:aws:lambda:${aws.region}:${aws.accountId}:function:${key}-${suffix}`;
  const earlier = fillPlaceholders(kept.stateMachine, Object.fromEntries(kept.invoked.map((key) => [key, arnOf(key)])));
  await setDefinition(earlier);
  return {
    upgrade: () => setDefinition(today),
    downgrade: () => setDefinition(earlier),
    close: () => {
      client.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
