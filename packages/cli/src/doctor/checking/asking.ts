import { causesOf, explainError, isDenied } from "../../lib/operator-errors.ts";
import { trouble, type Finding } from "./finding.ts";

/** What was asked for, `absent` where AWS says that there is none, `unseen` where it gave no answer. */
export type Seen<T> = T | "absent" | "unseen";

/** An IAM action, what it acts on, and AWS's names for the answer that there is none. */
export type Question = { action: string; resource: string; absent?: readonly string[] };

/** Asks AWS. What cannot be answered is a finding of its own, once, and never an error. */
export type Asking = {
  ask<T>(question: Question, send: () => Promise<T>): Promise<Seen<T>>;
  /** Of what was not answered so far. */
  unanswered(): Finding[];
};

export function createAsking(): Asking {
  const unanswered = new Map<string, Finding>();
  return {
    async ask(question, send) {
      try {
        return await send();
      } catch (error) {
        const causes = causesOf(error);
        if (causes.some(({ name }) => question.absent?.includes(name) === true)) return "absent";
        const finding = findingOf(question, error, causes);
        unanswered.set(`${finding.id} ${finding.subject} ${finding.seen}`, finding);
        return "unseen";
      }
    },
    unanswered: () => [...unanswered.values()],
  };
}

function findingOf({ action, resource }: Question, error: unknown, causes: readonly Error[]): Finding {
  if (causes.some(isDenied)) {
    return trouble("permission.missing", resource, `AWS denies ${action}`, { action, resource });
  }
  return trouble("aws.no-answer", resource, `${action}: ${explainError(error)}`);
}

/** Gathers once what several checks look at. */
export function memoized<Target, Facts>(
  gather: (target: Target) => Promise<Facts>,
  keyOf: (target: Target) => string,
): (target: Target) => Promise<Facts> {
  const answers = new Map<string, Promise<Facts>>();
  return (target) => {
    const key = keyOf(target);
    const answer = answers.get(key) ?? gather(target);
    answers.set(key, answer);
    return answer;
  };
}
