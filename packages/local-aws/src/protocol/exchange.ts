import type { Clock } from "../clock/clock.ts";
import { type Answer, errorAnswer } from "./answer.ts";
import type { Dispatch, Park } from "./dispatch.ts";
import { AwsError } from "./errors.ts";
import type { HttpRequest } from "./http.ts";

/** Largest request body that is answered. */
export const bodyLimitBytes = 8 * 1024 * 1024;

/** One request and its answer, whatever carries them. The clock is held from the request on, until `end`. */
export type Exchange = {
  /** Rejects when the connection is to break. */
  answer: Promise<Answer>;
  /** The answer is handed over, or the caller is gone and waits for none. */
  end(): void;
};

/** Answers a request that is wholly received. */
export type Exchanging = (request: HttpRequest) => Exchange;

/** Time stands still while somebody waits for an answer; routes hold the clock themselves (see `Route`). */
export function exchanging(clock: Clock, dispatch: Dispatch): Exchanging {
  return (request) => {
    let ended = false;
    let release = clock.hold();
    const park: Park = async (wait) => {
      // Begun before the clock is released: what is to hold it can do so in between.
      const waiting = wait();
      release();
      try {
        return await waiting;
      } finally {
        // When the caller is gone there is nothing to hold the clock for.
        if (!ended) release = clock.hold();
      }
    };
    return {
      answer: request.body.byteLength > bodyLimitBytes ? Promise.resolve(tooLarge()) : dispatch(request, park),
      end() {
        ended = true;
        release();
      },
    };
  };
}

export function tooLarge(): Answer {
  const answer = errorAnswer(
    new AwsError("RequestEntityTooLargeException", `The request is larger than ${bodyLimitBytes} bytes`, 413),
  );
  return { ...answer, headers: { ...answer.headers, connection: "close" } };
}

/** What a client without a connection sees of one that breaks, in Node's words. */
export function connectionBroken(): Error {
  return Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
}
