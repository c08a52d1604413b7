// Runs the program of sst.config.ts as SST's CLI does, with answers for Pulumi's engine, AWS and the CLI. synth.ts bundles it; it
// runs in its own process and sends its recording to the parent process.
import { readFileSync } from "node:fs";
import deployment from "../../../sst.config.ts";
import { run } from "../../../.sst/platform/src/auto/run.ts";
import type { ProgramInput, RecordedBuild, RecordedResource } from "../recorded.ts";
import { answerCall, computedOutputs } from "./aws.ts";
import { serveCli } from "./cli.ts";

const input: ProgramInput = JSON.parse(readFileSync(process.env["LOCKMASTER_PROGRAM"] ?? "", "utf8"));
const resources: RecordedResource[] = [];
const builds: RecordedBuild[] = [];

const app = await deployment.app({ stage: input.stage });
const cli = await serveCli(input.work, builds);
process.env["SST_SERVER"] = cli.url;
Object.assign(globalThis, {
  $app: { removal: "retain", protect: false, ...app, stage: input.stage },
  $cli: {
    command: "deploy",
    paths: { home: input.work, root: input.root, work: input.work, platform: `${input.root}/.sst/platform` },
    state: { version: {} },
  },
  $dev: false,
});

await $util.runtime.setMocks(
  {
    newResource: ({ type, name, inputs, id }) => ({
      // Pulumi would take an empty one for "not known yet".
      id: id || `${name}-id`,
      state: { ...inputs, ...computedOutputs(type, name, inputs) },
    }),
    call: ({ token, inputs }) => answerCall(token, inputs),
  },
  app.name,
  input.stage,
);
recordRegistrations();

const outputs = await $util.runtime.runInPulumiStack(() => run(() => deployment.run()));
await $util.runtime.waitForRPCs();
cli.close();
process.send?.({ app, resources, builds, outputs: withoutSecrets(outputs) });

/** Pulumi's mocks do not see resource options; the requests to the engine have them. */
function recordRegistrations(): void {
  const monitor = $util.runtime.getMonitor();
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, ...rest) => {
    resources.push({
      type: request.getType(),
      name: request.getName(),
      inputs: comparable(request.getObject()?.toJavaScript() ?? {}),
      after: request.getDependenciesList().map((urn) => urn.slice(urn.lastIndexOf("::") + 2)),
      options: {
        protect: request.getProtect() ?? false,
        retainOnDelete: request.getRetainondelete() ?? false,
        ignoreChanges: request.getIgnorechangesList(),
      },
    });
    return register(request, ...rest);
  };
}

/** Comparable inputs: without the values of secrets and without this run's folder. */
function comparable<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(withoutSecrets(value)).replaceAll(input.work, "WORK"));
}

/** On the wire a secret is an object with Pulumi's signature: `sdk/nodejs/runtime/rpc.ts`. */
function withoutSecrets<Value>(value: Value): Value {
  return JSON.parse(
    JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === "object" &&
      inner !== null &&
      inner["4dabf18193072939515e22adb298388d"] === "1b47061264138c4ac30d75fd1eb44270"
        ? { secret: true }
        : inner,
    ),
  );
}
