import type { Case } from "./cases.ts";
import type { Done } from "./messages.ts";

type Ran = Extract<Done, { kind: "ran" }>;
type Failed = Extract<Done, { kind: "failed" }>;

/** Reports the progress of a walk. */
export type Reporter = {
  /** @param all number of cases that these were chosen from */
  begins(cases: readonly Case[], all: number): void;
  /** @param replay command that replays it, when laws were broken */
  ran(done: Ran, replay: string | undefined): void;
  failed(done: Failed): void;
  /** Prints the summary. @returns whether every case was run and every law held */
  ends(): boolean;
};

const progressMs = 5_000;

/** @param json one JSON object a line, for programs; text for people otherwise */
export function reporter(json: boolean): Reporter {
  const beganAt = performance.now();
  const totals = { runs: 0, violations: 0, notInjected: 0, failures: 0, cpuMs: 0 };
  let planned = 0;
  let printedAt = beganAt;
  let ranFrom = beganAt;
  const print = (text: string, data: object): void => {
    process.stdout.write(json ? `${JSON.stringify(data)}\n` : `${text}\n`);
  };
  const seconds = (): number => Math.round((performance.now() - beganAt) / 100) / 10;

  return {
    begins(cases, all) {
      planned = cases.length;
      ranFrom = performance.now();
      const byWalk = [...Map.groupBy(cases, ({ walk }) => walk)].map(([walk, { length }]) => `${walk} ${length}`);
      print(`${planned} of ${all} runs: ${byWalk.join(", ")}`, { event: "begins", runs: planned, all });
    },
    ran({ one, broken, injected, cpuMs }, replay) {
      totals.runs += 1;
      totals.cpuMs += cpuMs;
      if (!injected) totals.notInjected += 1;
      if (replay !== undefined) {
        totals.violations += 1;
        const laws = Object.entries(broken).map(([law, problem]) => `  ${law}: ${problem}`);
        const text = `\nVIOLATION in ${one.walk}: ${one.label}\n${laws.join("\n")}\n  ${replay}`;
        print(text, { event: "violation", walk: one.walk, label: one.label, broken, replay });
      }
      if (performance.now() - printedAt < progressMs) return;
      printedAt = performance.now();
      const perSecond = totals.runs / ((performance.now() - ranFrom) / 1000);
      const minutesLeft = Math.ceil((planned - totals.runs) / perSecond / 60);
      const violations = `${totals.violations} violations`;
      process.stderr.write(
        `${totals.runs} of ${planned} runs, ${violations}; ${perSecond.toFixed(1)} a second, ${minutesLeft} min left\n`,
      );
    },
    failed({ job, reason }) {
      totals.failures += 1;
      const what = job.kind === "record" ? `the recording of ${job.walk}` : `${job.one.walk}: ${job.one.label}`;
      print(`\nFAILED: ${what}\n${reason}`, { event: "failed", what, reason });
    },
    ends() {
      const { runs, violations, notInjected, failures, cpuMs } = totals;
      const perRun = Math.round(cpuMs / Math.max(1, runs));
      const unfinished = runs < planned ? ` of ${planned}` : "";
      const text = `\n${runs}${unfinished} runs, ${violations} violations, ${failures} failed, ${notInjected} whose fault was not injected; ${seconds()} s, ${perRun} ms of CPU a run`;
      print(text, { event: "ends", planned, ...totals, cpuMsPerRun: perRun, seconds: seconds() });
      return violations + failures === 0 && runs === planned;
    },
  };
}
