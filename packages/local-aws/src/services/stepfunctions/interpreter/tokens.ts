import { AwsError } from "../../../protocol/errors.ts";
import type { StateError } from "../language/errors.ts";
import type { Json } from "../language/json.ts";

/** The task that waits for a token. */
export type WaitingTask = {
  succeed: (output: Json) => void;
  fail: (failure: StateError) => void;
  recordHeartbeat: () => void;
};

const TOKEN_BYTES = 96;

/** The task tokens of one local AWS. */
export class TaskTokens {
  readonly #random: () => number;
  readonly #open = new Map<string, WaitingTask>();
  readonly #closed = new Set<string>();

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Creates a unique token. It is not valid before `open`. */
  issue(): string {
    const bytes = Uint8Array.from({ length: TOKEN_BYTES }, () => Math.floor(this.#random() * 256));
    return `AQC${Buffer.from(bytes).toString("base64")}`;
  }

  open(token: string, waitingTask: WaitingTask): void {
    this.#open.set(token, waitingTask);
  }

  close(token: string): void {
    this.#open.delete(token);
    this.#closed.add(token);
  }

  /**
   * @throws AwsError `TaskTimedOut` for a token whose task has ended, with any result; `InvalidToken` for an unknown
   *   token.
   */
  waitingTask(token: string): WaitingTask {
    const waitingTask = this.#open.get(token);
    if (waitingTask !== undefined) return waitingTask;
    if (this.#closed.has(token))
      throw new AwsError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'");
    throw new AwsError("InvalidToken", "Invalid Token: 'Invalid token'");
  }
}
