import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import type { RecordedBuild } from "../recorded.ts";

/** Answers the requests of SST's components to SST's CLI: the folder for assets, and a function's bundle, which is empty here. */
export async function serveCli(work: string, builds: RecordedBuild[]): Promise<{ url: string; close: () => void }> {
  const bundle = join(work, "bundle");
  mkdirSync(bundle);
  writeFileSync(join(bundle, "bundle.mjs"), "");
  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The CLI's server has no port.");
  return { url: `http://127.0.0.1:${address.port}`, close: () => server.close() };

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, params } = JSON.parse(await text(request));
    response.end(JSON.stringify(answer(method, params[0])));
  }

  function answer(method: string, argument: RecordedBuild): unknown {
    switch (method) {
      case "Provider.Aws.Bootstrap":
        return { result: { asset: "sst-asset-mock", state: "sst-state-mock" } };
      case "Runtime.Build": {
        const { functionID, handler, runtime, properties } = argument;
        builds.push({ functionID, handler, runtime, properties });
        return { result: { handler: "bundle.handler", out: bundle, errors: [], sourcemaps: [] } };
      }
      default:
        return { error: `The tests have no answer for "${method}" of SST's CLI: add it to test/infra/program/cli.ts.` };
    }
  }
}
