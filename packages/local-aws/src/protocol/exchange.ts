import type { Clock } from "../clock/clock.ts";
import { type Answer, errorAnswer } from "./answer.ts";
import type { Dispatch, Park } from "./dispatch.ts";
import { AwsError } from "./errors.ts";
import type { HttpRequest } from "./http.ts";

/** Maximum size of a request body. */
export const bodyLimitBytes = 8 * 1024 * 1024;

/** One request and its answer, over a connection or without. The clock is held from the request on, until `end`. */
export type Exchange = {
  /** Rejects when the connection must break. */
  answer: Promise<Answer>;
  /** Must be called when the caller has received the answer, or no longer waits for it. */
  end(): void;
};

/** Answers a request that was received completely. */
export type Exchanger = (request: HttpRequest) => Exchange;

/** Holds the clock while a caller waits for an answer. Routes hold it themselves (see `Route`). */
export function createExchanger(clock: Clock, dispatch: Dispatch): Exchanger {
  return (request) => {
    let ended = false;
    let release = clock.hold();
    const park: Park = async (wait) => {
      // Begins before the clock is released, so that its work can hold the clock.
      const waiting = wait();
      release();
      try {
        return await waiting;
      } finally {
        // The clock is not held for a caller that no longer waits.
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

/** Node's error for a broken connection, for clients without a connection. */
export function connectionBroken(): Error {
  return Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
}
