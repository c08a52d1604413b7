import { AwsError } from "../../../protocol/errors.ts";
import type { StateError } from "../language/errors.ts";
import type { Json } from "../language/json.ts";

/** The waiting end of a task token. */
export type TokenHolder = {
  succeed: (output: Json) => void;
  fail: (failure: StateError) => void;
  beat: () => void;
};

const TOKEN_BYTES = 96;

/** The task tokens of one local AWS. */
export class TaskTokens {
  readonly #random: () => number;
  readonly #open = new Map<string, TokenHolder>();
  readonly #closed = new Set<string>();

  constructor(random: () => number) {
    this.#random = random;
  }

  /** A token that nobody has had before. It is of no use until opened. */
  issue(): string {
    const bytes = Uint8Array.from({ length: TOKEN_BYTES }, () => Math.floor(this.#random() * 256));
    return `AQC${Buffer.from(bytes).toString("base64")}`;
  }

  open(token: string, holder: TokenHolder): void {
    this.#open.set(token, holder);
  }

  close(token: string): void {
    this.#open.delete(token);
    this.#closed.add(token);
  }

  /**
   * @throws AwsError `TaskTimedOut` for a token whose task has ended, however it did; `InvalidToken` for one that was
   *   never issued.
   */
  holder(token: string): TokenHolder {
    const holder = this.#open.get(token);
    if (holder !== undefined) return holder;
    if (this.#closed.has(token))
      throw new AwsError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'");
    throw new AwsError("InvalidToken", "Invalid Token: 'Invalid token'");
  }
}
