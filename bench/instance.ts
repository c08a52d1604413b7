/**
 * What one invocation costs on the virtual clock: CPU time of an instance that makes no call, and of each call that it
 * makes, against a server that answers at once. Run with `node scripts/start.mjs bench/instance.ts [function file]`.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLambda } from "../packages/local/src/lambda/runtime.ts";
import { virtualClock } from "../packages/local/src/virtual-clock.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const rounds = 100;
const client = (name: string): string => JSON.stringify(join(root, "node_modules/@aws-sdk", name));
const source = `
  import { DynamoDBClient, GetItemCommand } from ${client("client-dynamodb")};
  import { DescribeClustersCommand, ECSClient } from ${client("client-ecs")};
  const requestHandler = { connectionTimeout: 1000, requestTimeout: 5000, throwOnRequestTimeout: true };
  const ecs = new ECSClient({ requestHandler }), dynamodb = new DynamoDBClient({ requestHandler });
  export const handler = async ({ calls }) => {
    for (let call = 0; call < calls; call += 1) {
      await (call % 2 === 0
        ? dynamodb.send(new GetItemCommand({ TableName: "ledger", Key: { pk: { S: "a" }, sk: { S: "b" } } }))
        : ecs.send(new DescribeClustersCommand({ clusters: ["shop"] })));
    }
  };`;

const server = createServer((request, response) => {
  response.sendDate = false;
  request.resume().once("end", () => response.setHeader("content-type", "application/x-amz-json-1.0").end("{}"));
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = server.address();
const port = typeof address === "object" ? address?.port : undefined;
const folder = await mkdtemp(join(tmpdir(), "lockmaster-bench-"));
await writeFile(join(folder, "bench.ts"), source);

const clock = virtualClock();
const lambda = createLambda({
  clock,
  region: "eu-central-1",
  accountId: "111122223333",
  random: Math.random,
  log: () => undefined,
  endpoint: () => `http://127.0.0.1:${port}`,
  root,
});
lambda.register("bench", {
  file: join(folder, "bench.ts"),
  timeoutSeconds: 30,
  memoryMegabytes: 512,
  environment: {},
});

/** Milliseconds of CPU, of all threads, that one invocation with so many calls takes. */
async function cost(calls: number): Promise<number> {
  const before = process.cpuUsage();
  const result = await lambda.invoke("bench", { calls });
  if (!result.ok) throw new Error(`${result.error.errorType}: ${result.error.errorMessage}`);
  await clock.settle();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const [bundle] = await lambda.bundles();
const series: { calls: number; costs: number[] }[] = [0, 1, 2, 10].map((calls) => ({ calls, costs: [] }));
// By turns, so that the warmth of the code and the mood of the machine weigh on all alike.
for (let round = 0; round < 2 * rounds; round += 1) {
  for (const { calls, costs } of series) {
    const spent = await cost(calls);
    if (round >= rounds) costs.push(spent);
  }
}
const [none = 0, one = 0, two = 0, ten = 0] = series.map(({ costs }) => median(costs));
const line = (what: string, value: string): void => console.log(`${what.padEnd(44)}${value.padStart(10)}`);
line("bundle, two SDK clients, minified", `${Math.round((bundle?.sizeBytes ?? 0) / 1000)} kB`);
line("an instance that calls nobody", `${none.toFixed(2)} ms`);
line("first call of a client", `${(one - none).toFixed(2)} ms`);
line("first call of a second client", `${(two - one).toFixed(2)} ms`);
line("each further call", `${((ten - two) / 8).toFixed(2)} ms`);

lambda.close();
server.closeAllConnections();
server.close();
await rm(folder, { recursive: true });
