// What a release costs in CPU on the virtual clock, against the bare SDK calls that it is made of; and the bundles' sizes.
import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import { readConfiguration } from "@lockmaster/cli/local/configuration.ts";
import { openRehearsal, root } from "@lockmaster/cli/local/rehearsal.ts";
import { deliver } from "@lockmaster/cli/deliver.ts";
import { pushPayload } from "@lockmaster/cli/payloads.ts";
import { virtualClock } from "@lockmaster/local/virtual-clock.ts";

const budget = { releaseMs: 100, bundleBytes: 500_000 };
const warmUps = 10;
const rounds = 30;

const clock = virtualClock();
let calls = 0;
const rehearsal = await openRehearsal({
  clock,
  configuration: await readConfiguration(root),
  webhookSecret: "bench",
  observe: ({ call }) => {
    if (call.caller.kind === "function") calls += 1;
  },
});
const { aws, installation } = rehearsal;
const bundles = await aws.lambda.bundles();
await clock.runUntil(rehearsal.shopIsOpen);

async function release(round: number): Promise<void> {
  const sha = round.toString(16).padStart(40, "0").replace(/^0/, "a");
  const answer = await deliver({
    url: installation.webhookUrl,
    secret: "bench",
    event: "push",
    payload: pushPayload({
      repository: "acme/shop",
      branch: "main",
      sha,
      message: `round ${round}`,
      author: "octocat",
      pushedAt: new Date(clock.now()),
    }),
  });
  const name = /"name":"([^"]+)"/.exec(JSON.stringify(answer.body))?.[1];
  const executionArn = `${installation.stateMachineArn.replace(":stateMachine:", ":execution:")}:${name}`;
  await clock.runUntil(() => aws.stepFunctions.execution(executionArn).status !== "RUNNING");
  const { status, cause } = aws.stepFunctions.execution(executionArn);
  if (status !== "SUCCEEDED") throw new Error(`Round ${round} ended as ${status}: ${cause}`);
}

async function cpuMs(run: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

for (let round = 0; round < warmUps; round += 1) await release(round);
const invocationsBefore = aws.lambda.invocations.length;
calls = 0;
const releases: number[] = [];
for (let round = 0; round < rounds; round += 1) releases.push(await cpuMs(() => release(warmUps + round)));
const callsPerRelease = calls / rounds;
const invocationsPerRelease = (aws.lambda.invocations.length - invocationsBefore) / rounds;

// The baseline: as many calls as a release makes, by one warm client in this process, and nothing else.
const ecs = new ECSClient(aws.clientConfig());
const bare = async () => {
  for (let call = 0; call < callsPerRelease; call += 1) {
    await ecs.send(new DescribeServicesCommand({ cluster: "shop-staging", services: ["backend"] }));
  }
};
await bare();
const baselines: number[] = [];
for (let round = 0; round < rounds; round += 1) baselines.push(await cpuMs(bare));

const [releaseMs, baselineMs] = [median(releases), median(baselines)];
console.log(`release, virtual clock   ${releaseMs.toFixed(0)} ms CPU, median of ${rounds} (budget ${budget.releaseMs} ms)`);
console.log(`  of which               ${invocationsPerRelease.toFixed(0)} invocations, ${callsPerRelease.toFixed(0)} SDK calls`);
console.log(`baseline, bare calls     ${baselineMs.toFixed(0)} ms CPU for ${callsPerRelease.toFixed(0)} SDK calls of one client`);
console.log(`ratio                    ${(releaseMs / baselineMs).toFixed(2)}`);
console.log(`\nbundles, minified (budget ${budget.bundleBytes / 1000} kB)`);
for (const { functionName, sizeBytes } of bundles.toSorted((a, b) => b.sizeBytes - a.sizeBytes)) {
  console.log(`  ${functionName.padEnd(30)} ${(sizeBytes / 1000).toFixed(0)} kB`);
}
ecs.destroy();
await rehearsal.close();
