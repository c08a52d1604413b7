/**
 * CPU time of one invocation on the virtual clock: of an instance that makes no call, and of each call that it makes to a
 * server that answers at once; in milliseconds, and as a multiple of one call of a warm client in the same run.
 * `--fresh`: each invocation in an instance of its own; `--connected`: calls over a real connection, as the warm client's.
 */
import { DescribeClustersCommand, ECSClient } from "@aws-sdk/client-ecs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundling } from "@lockmaster/installation/topology/bundling.ts";
import { createLambda, virtualClock } from "@lockmaster/local-aws";
import { cpuMs, line, median } from "./measure.ts";

const { fresh, connected } = parseArgs({
  options: { fresh: { type: "boolean", default: false }, connected: { type: "boolean", default: false } },
}).values;
const emptyAnswer = { status: 200, headers: { "content-type": "application/x-amz-json-1.0" }, body: "{}" };
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const rounds = 100;
const client = (name: string): string => JSON.stringify(join(root, "node_modules/@aws-sdk", name));
const source = `
  import { DynamoDBClient, GetItemCommand } from ${client("client-dynamodb")};
  import { DescribeClustersCommand, ECSClient } from ${client("client-ecs")};
  import { clientOptions } from ${JSON.stringify(join(root, "packages/aws/src/lib/client-options.ts"))};
  const ecs = new ECSClient(clientOptions()), dynamodb = new DynamoDBClient(clientOptions());
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
  ...(!connected && { exchange: () => ({ answer: Promise.resolve(emptyAnswer), end: () => undefined }) }),
  instances: fresh ? "fresh" : "reused",
  root,
  bundling,
});
lambda.register("bench", {
  file: join(folder, "bench.ts"),
  timeoutSeconds: 30,
  memoryMegabytes: 512,
  environment: {},
});

async function invoke(calls: number): Promise<void> {
  const result = await lambda.invoke("bench", { calls });
  if (!result.ok) throw new Error(`${result.error.errorType}: ${result.error.errorMessage}`);
  await clock.waitUntilQuiet();
}

const warm = new ECSClient({
  endpoint: `http://127.0.0.1:${port}`,
  region: "eu-central-1",
  credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "example" },
});
async function warmCalls(): Promise<void> {
  for (let call = 0; call < 10; call += 1) await warm.send(new DescribeClustersCommand({ clusters: ["shop"] }));
}

const [bundle] = await lambda.bundles();
const series: { calls: number; costs: number[] }[] = [0, 1, 2, 10].map((calls) => ({ calls, costs: [] }));
const warmCosts: number[] = [];
// In turns, so that compiled code and the load of the machine affect all series alike.
for (let round = 0; round < 2 * rounds; round += 1) {
  for (const { calls, costs } of series) {
    const spent = await cpuMs(() => invoke(calls));
    if (round >= rounds) costs.push(spent);
  }
  const spent = await cpuMs(warmCalls);
  if (round >= rounds) warmCosts.push(spent / 10);
}
const [none = 0, one = 0, two = 0, ten = 0] = series.map(({ costs }) => median(costs));
const warmCallMs = median(warmCosts);
const report = (what: string, ms: number): void =>
  line(what, `${ms.toFixed(2)} ms = ${(ms / warmCallMs).toFixed(1).padStart(3)}`);
line("bundle, two SDK clients, minified", `${Math.round((bundle?.sizeBytes ?? 0) / 1000)} kB`);
report("a call of one warm client", warmCallMs);
report("an instance that makes no call", none);
report("first call of a client", one - none);
report("first call of a second client", two - one);
report("each further call", (ten - two) / 8);

warm.destroy();
lambda.close();
server.closeAllConnections();
server.close();
await rm(folder, { recursive: true });
