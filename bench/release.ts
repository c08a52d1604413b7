/**
 * CPU time of one release on the virtual clock: the demonstration shop, from the signed push until the execution has
 * succeeded. The benchmark alternates it with as many small SDK calls of one warm client: the load of the machine affects
 * both alike, so compare the ratio.
 */
import { basename } from "node:path";
import { GetItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { deliver } from "@lockmaster/rehearsal/deliveries/deliver.ts";
import { demonstrationFile, readConfigurationFile } from "@lockmaster/cli/lib/configuration-file.ts";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import { openRehearsal } from "@lockmaster/rehearsal/rehearsal.ts";
import { pushPayload } from "@lockmaster/rehearsal/deliveries/push-payload.ts";
import { bundleFunctions, virtualClock } from "@lockmaster/local-aws";
import { bundlingOf } from "@lockmaster/installation/topology/bundling.ts";
import { functionNames, functions } from "@lockmaster/installation/topology/topology.ts";
import { cpuMs, line, median } from "./measure.ts";

const budget = { releaseMs: 100, bundleBytes: 500_000 };
const warmUps = 10;
const rounds = 30;

const clock = virtualClock();
let calls = 0;
const rehearsal = await openRehearsal({
  clock,
  configuration: await readConfigurationFile(demonstrationFile),
  webhookSecret: "bench",
  observe: ({ call }) => {
    if (call.caller.kind === "function") calls += 1;
  },
});
const { aws, installation } = rehearsal;
await aws.lambda.bundles();
await clock.runUntil(rehearsal.shopIsDeployed);

async function release(round: number): Promise<void> {
  const payload = pushPayload({
    repository: "acme/shop",
    branch: "main",
    sha: round.toString(16).padStart(40, "0").replace(/^0/, "a"),
    message: `round ${round}`,
    author: "octocat",
    pushedAt: new Date(clock.now()),
  });
  const delivery = deliver({ url: installation.webhookUrl, secret: "bench", event: "push", payload });
  const { body } = await clock.during(delivery, aws.lambda.isRunning);
  const name = /"name":"([^"]+)"/.exec(JSON.stringify(body))?.[1];
  const executionArn = `${installation.stateMachineArn.replace(":stateMachine:", ":execution:")}:${name}`;
  await clock.runUntil(() => aws.stepFunctions.execution(executionArn).status !== "RUNNING");
  const { status, cause } = aws.stepFunctions.execution(executionArn);
  if (status !== "SUCCEEDED") throw new Error(`Round ${round} ended as ${status}: ${cause}`);
}

const dynamodb = new DynamoDBClient(aws.clientConfig());
const absentItem = { TableName: installation.ledgerTable, Key: { pk: { S: "absent" }, sk: { S: "absent" } } };
async function smallCalls(count: number): Promise<void> {
  for (let call = 0; call < count; call += 1) await dynamodb.send(new GetItemCommand(absentItem));
}

for (let round = 0; round < warmUps; round += 1) await release(round);
await smallCalls(500);
calls = 0;
const invocationsBefore = aws.lambda.invocations.length;
const releases: number[] = [];
const baselines: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  const callsBefore = calls;
  releases.push(await cpuMs(() => release(warmUps + round)));
  const made = calls - callsBefore;
  baselines.push(await cpuMs(() => smallCalls(made)));
}

const [releaseMs, baselineMs] = [median(releases), median(baselines)];
line(`release (budget ${budget.releaseMs} ms)`, `${releaseMs.toFixed(0)} ms`);
line("  invocations", ((aws.lambda.invocations.length - invocationsBefore) / rounds).toFixed(0));
line("  SDK calls", (calls / rounds).toFixed(0));
line("as many calls of one warm client", `${baselineMs.toFixed(0)} ms`);
line("ratio", (releaseMs / baselineMs).toFixed(1));
const bundles = [];
for (const name of functionNames) {
  const settings = { root: repositoryRoot, kind: "deployed", bundling: bundlingOf(name) } as const;
  bundles.push(...(await bundleFunctions([functions[name].file], settings)));
}
console.log(`\nbundles, minified (budget ${budget.bundleBytes / 1000} kB)`);
for (const { file, sizeBytes } of bundles.toSorted((a, b) => b.sizeBytes - a.sizeBytes)) {
  line(`  ${basename(file, ".ts")}`, `${(sizeBytes / 1000).toFixed(0)} kB`);
}
dynamodb.destroy();
await rehearsal.close();
