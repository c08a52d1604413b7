import * as v from "valibot";
import type { Stored } from "./stored.ts";

/** What is known about a release's request, beside what the input of its execution claims. */
export const Verification = v.object({
  /**
   * `webhook`: a signed delivery of GitHub's started the execution; `lockmaster`: it is a recovery; `hand`: anything else, whatever
   * its input says.
   */
  startedBy: v.picklist(["webhook", "lockmaster", "hand"]),
  /** Why GitHub has not confirmed the repository, the ref and the commit; absent when it has, and for a rollback. */
  unconfirmed: v.exactOptional(v.string()),
});
export type Verification = Stored<typeof Verification>;
