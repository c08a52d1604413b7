import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { lambdaRig, turns } from "./lambda-rig.fixture.ts";

/** Counts its invocations in each kind of state of an instance. */
const counter = `
  let count = 0; globalThis.total ??= 0; process.env.N ??= "0";
  export const handler = async (event) => {
    count++; globalThis.total++; process.env.N = String(+process.env.N + 1);
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (event?.how === "throw") throw new Error("no");
    if (event?.how === "exit") process.exit(1);
    if (event?.how === "hang") await new Promise((resolve) => setTimeout(resolve, 60_000));
    if (event?.how === "uncaught") await new Promise(() => setTimeout(() => { throw new Error("uncaught"); }, 1));
    return [count, globalThis.total, process.env.N];
  };`;

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

function usedMegabytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers / 2 ** 20;
}

describe("an instance", () => {
  test("runs one invocation after the other, and keeps its state", async () => {
    const { define, lines, lambda } = await lambdaRig();
    const invoke = await define("counter", counter);

    expect(await invoke()).toMatchObject({ payload: [1, 1, "1"] });
    expect(await invoke()).toMatchObject({ payload: [2, 2, "2"] });

    expect("total" in globalThis).toBe(false);
    const ids = lambda.invocations.map(({ invocationId }) => invocationId);
    const logged = lines.flatMap((line) => /(?:START|END) RequestId: (\S+)/.exec(line)?.[1] ?? []);
    expect(logged).toEqual([ids[0], ids[0], ids[1], ids[1]]);
  });

  test("runs one invocation only when instances are not reused", async () => {
    const { define } = await lambdaRig(undefined, undefined, "fresh");
    const invoke = await define("counter", counter);

    expect(await invoke()).toMatchObject({ payload: [1, 1, "1"] });
    expect(await invoke()).toMatchObject({ payload: [1, 1, "1"] });
  });

  test("runs one invocation at a time", async () => {
    const { define, lambda, clock } = await lambdaRig();
    await define("counter", counter);

    const both = Promise.all([lambda.invoke("counter", {}), lambda.invoke("counter", {})]);
    await clock.advance(10);
    const after = Promise.all([
      lambda.invoke("counter", {}),
      lambda.invoke("counter", {}),
      lambda.invoke("counter", {}),
    ]);
    await clock.advance(10);

    expect(await both).toMatchObject([{ payload: [1, 1, "1"] }, { payload: [1, 1, "1"] }]);
    expect(await after).toMatchObject([{ payload: [2, 2, "2"] }, { payload: [2, 2, "2"] }, { payload: [1, 1, "1"] }]);
  });

  test.each([
    ["throws", "throw", [2, 2, "2"]],
    ["exits", "exit", [1, 1, "1"]],
    ["takes too long", "hang", [1, 1, "1"]],
    ["throws an uncaught error", "uncaught", [1, 1, "1"]],
  ])("whose function %s is kept only when the runtime survives", async (_, how, payload) => {
    const { define } = await lambdaRig();
    const invoke = await define("counter", counter);

    expect(await invoke({ how })).toMatchObject({ ok: false });
    expect(await invoke()).toMatchObject({ payload });
  });

  test("is discarded after some idle minutes, and when the function is registered again", async () => {
    const { define, clock } = await lambdaRig();
    const invoke = await define("counter", counter);
    await invoke();
    await clock.advance(9 * 60_000);
    expect(await invoke()).toMatchObject({ payload: [2, 2, "2"] });

    await clock.advance(11 * 60_000);
    expect(await invoke()).toMatchObject({ payload: [1, 1, "1"] });

    const again = await define("counter", counter);
    expect(await again()).toMatchObject({ payload: [1, 1, "1"] });
  });

  test.each(["answer", "exit", "hang", "uncaught"])("leaves nothing in memory after its end: %s", async (how) => {
    const { define, lambda } = await lambdaRig(undefined, undefined, "fresh");
    const megabytes = 16;
    const kept = `globalThis.kept = new Uint8Array(${megabytes} * 2 ** 20).fill(1);`;
    const invoke = await define("heavy", `${kept}${counter}`);
    const before = usedMegabytes();
    for (let round = 0; round < 6; round += 1) await invoke({ how });
    // Memory can take some turns to be released on a busy machine.
    for (let turn = 0; turn < 50 && usedMegabytes() - before >= 2 * megabytes; turn += 1) await turns();
    expect(usedMegabytes() - before).toBeLessThan(2 * megabytes);
    expect(lambda.invocations).toHaveLength(6);
  });

  test("keeps its credentials, which identify the current invocation", async () => {
    const { define, lambda } = await lambdaRig();
    const invoke = await define("key", `export const handler = async () => process.env.AWS_ACCESS_KEY_ID`);
    const keys: unknown[] = [];
    for (let round = 0; round < 2; round += 1) {
      const result = await invoke();
      if (result.ok) keys.push(result.payload);
      expect(lambda.callerOf(String(keys.at(-1)))).toEqual({
        kind: "function",
        functionName: "key",
        invocationId: lambda.invocations.at(-1)?.invocationId,
      });
    }
    expect(keys[0]).toBe(keys[1]);
  });

  test("is identified by its credentials after its end, because a call can arrive late", async () => {
    const { define, lambda, lines } = await lambdaRig();
    const invoke = await define(
      "late",
      `export const handler = () => { console.log(process.env.AWS_ACCESS_KEY_ID); return new Promise((resolve) => setTimeout(resolve, 60_000)); }`,
    );
    expect(await invoke()).toMatchObject({ ok: false });
    const caller = lambda.callerOf(/ASIALOCAL\d+/.exec(lines.join())?.[0] ?? "");
    expect(caller).toMatchObject({ functionName: "late", invocationId: lambda.invocations[0]?.invocationId });
    expect(caller && lambda.parkReply(caller)).toBeTypeOf("function");
  });

  test("has a shorter start time when it is reused", async () => {
    const { define } = await lambdaRig(undefined, { start: [200, 200], resume: [5, 5], answer: [0, 0] });
    const invoke = await define("time", `export const handler = async () => Date.now()`);
    const [first, second] = [await invoke(), await invoke()];
    expect(first.ok && second.ok && Number(second.payload) - Number(first.payload)).toBe(5);
  });
});

describe("work in progress after the function's answer waits for the next invocation", () => {
  test("timers", async () => {
    const { define, clock, lines } = await lambdaRig();
    const invoke = await define(
      "timers",
      `let ticks = 0, cleared;
       export const handler = async (event) => {
         if (event === "begin") {
           setTimeout(() => { ticks += 1; clearTimeout(cleared); console.log("late"); }, 1000);
           cleared = setTimeout(() => { ticks += 100; }, 2000);
         }
         else await new Promise((resolve) => setTimeout(resolve, 1));
         return ticks;
       };`,
    );

    expect(await invoke("begin")).toMatchObject({ payload: 0, durationMs: 0 });
    await clock.advance(60_000);
    expect(lines.filter((line) => line.includes("late"))).toEqual([]);
    expect(await invoke()).toMatchObject({ payload: 1 });
    // The timer fires in the second invocation, and its log line has that time.
    expect(lines.find((line) => line.includes("late"))).toContain("2026-01-05T09:01:00.000Z");
  });

  test("requests", async () => {
    const { define, endpoint, clock } = await lambdaRig((_request, response) => void response.writeHead(202).end("{}"));
    const invoke = await define(
      "requests",
      `const answers = [], url = ${JSON.stringify(endpoint)};
       export const handler = async (event) => {
         if (event === "begin") fetch(url).then((response) => answers.push(response.status));
         if (event === "wait") await new Promise((resolve) => setTimeout(resolve, 10));
         return answers.length;
       };`,
    );

    expect(await invoke("begin")).toMatchObject({ payload: 0 });
    await clock.waitUntilQuiet();
    expect(await invoke("read")).toMatchObject({ payload: 0 });
    expect(await invoke("wait")).toMatchObject({ payload: 1 });
  });
});
