import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { lambdaRig, turns } from "./lambda-rig.fixture.ts";

/** Counts its invocations in every place where an instance keeps something. */
const counter = `
  let count = 0; globalThis.total ??= 0; process.env.N ??= "0";
  export const handler = async (event) => {
    count++; globalThis.total++; process.env.N = String(+process.env.N + 1);
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (event?.how === "throw") throw new Error("no");
    if (event?.how === "exit") process.exit(1);
    if (event?.how === "hang") await new Promise((resolve) => setTimeout(resolve, 60_000));
    if (event?.how === "stray") await new Promise(() => setTimeout(() => { throw new Error("stray"); }, 1));
    return [count, globalThis.total, process.env.N];
  };`;

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

function usedMegabytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers / 2 ** 20;
}

describe("an instance", () => {
  test("serves one invocation after the other, with what it has kept", async () => {
    const { define, lines, lambda } = await lambdaRig();
    const invoke = await define("counter", counter);

    expect(await invoke()).toMatchObject({ payload: [1, 1, "1"] });
    expect(await invoke()).toMatchObject({ payload: [2, 2, "2"] });

    expect("total" in globalThis).toBe(false);
    const ids = lambda.invocations.map(({ invocationId }) => invocationId);
    const told = lines.flatMap((line) => /(?:START|END) RequestId: (\S+)/.exec(line)?.[1] ?? []);
    expect(told).toEqual([ids[0], ids[0], ids[1], ids[1]]);
  });

  test("serves one each when all starts are to be cold", async () => {
    const { define } = await lambdaRig(undefined, undefined, "fresh");
    const invoke = await define("counter", counter);

    expect(await invoke()).toMatchObject({ payload: [1, 1, "1"] });
    expect(await invoke()).toMatchObject({ payload: [1, 1, "1"] });
  });

  test("serves nobody else meanwhile", async () => {
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
    ["throws where nobody can catch it", "stray", [1, 1, "1"]],
  ])("whose function %s is kept only when the runtime has survived it", async (_, how, payload) => {
    const { define } = await lambdaRig();
    const invoke = await define("counter", counter);

    expect(await invoke({ how })).toMatchObject({ ok: false });
    expect(await invoke()).toMatchObject({ payload });
  });

  test("is gone after some minutes without work, and when the function becomes another", async () => {
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

  test.each(["answer", "exit", "hang", "stray"])("leaves nothing in memory once it is over: %s", async (how) => {
    const { define, lambda } = await lambdaRig(undefined, undefined, "fresh");
    const megabytes = 16;
    const kept = `globalThis.kept = new Uint8Array(${megabytes} * 2 ** 20).fill(1);`;
    const invoke = await define("heavy", `${kept}${counter}`);
    const before = usedMegabytes();
    for (let round = 0; round < 6; round += 1) await invoke({ how });
    // What is about to be forgotten may take some turns to be, on a machine that has other work.
    for (let turn = 0; turn < 50 && usedMegabytes() - before >= 2 * megabytes; turn += 1) await turns();
    expect(usedMegabytes() - before).toBeLessThan(2 * megabytes);
    expect(lambda.invocations).toHaveLength(6);
  });

  test("has the same credentials throughout, which tell the invocation that it is about", async () => {
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

  test("is known by its credentials beyond its end: a call of its may come late", async () => {
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

  test("starts in no time once it is there", async () => {
    const { define } = await lambdaRig(undefined, { start: [200, 200], resume: [5, 5], answer: [0, 0] });
    const invoke = await define("time", `export const handler = async () => Date.now()`);
    const [first, second] = [await invoke(), await invoke()];
    expect(first.ok && second.ok && Number(second.payload) - Number(first.payload)).toBe(5);
  });
});

describe("what is under way when a function has answered", () => {
  test("stands still until the next invocation: timers", async () => {
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
    // It is logged as the second invocation's, whose time it took.
    expect(lines.find((line) => line.includes("late"))).toContain("2026-01-05T09:01:00.000Z");
  });

  test("stands still until the next invocation: requests", async () => {
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
    expect(await invoke("look")).toMatchObject({ payload: 0 });
    expect(await invoke("wait")).toMatchObject({ payload: 1 });
  });
});
