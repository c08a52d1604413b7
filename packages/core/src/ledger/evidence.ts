import * as v from "valibot";
import { StoredErrorCode, type Stored } from "./stored.ts";

/** The request of the probe and its response. */
export const ProbeEvidence = v.object({
  url: v.string(),
  /** In words: `status 200 and revision 4f2a…`. */
  expected: v.string(),
  /** Absent when there was no response; then `problem` says why. */
  status: v.exactOptional(v.number()),
  /** Beginning of the response. */
  body: v.exactOptional(v.string()),
  problem: v.exactOptional(v.string()),
});
export type ProbeEvidence = Stored<typeof ProbeEvidence>;

/** Why a release failed: a service with what its container reported, the probe, or an alarm. */
export const Evidence = v.object({
  /** The service's name in the configuration; absent for what concerns the release as a whole. */
  service: v.exactOptional(v.string()),
  code: StoredErrorCode,
  /** One sentence for people. */
  message: v.string(),
  taskArn: v.exactOptional(v.string()),
  stopCode: v.exactOptional(v.string()),
  stoppedReason: v.exactOptional(v.string()),
  container: v.exactOptional(v.string()),
  exitCode: v.exactOptional(v.number()),
  containerReason: v.exactOptional(v.string()),
  /** The newest of the service's own events, newest first. */
  serviceEvents: v.exactOptional(v.array(v.string())),
  /** The last lines of the container's log, oldest first. */
  logLines: v.exactOptional(v.array(v.string())),
  /** Where the container's log lines are, if Lockmaster cannot read them there. */
  logLocation: v.exactOptional(v.string()),
  probe: v.exactOptional(ProbeEvidence),
  /** Names of alarms in state ALARM. */
  alarms: v.exactOptional(v.array(v.string())),
});
export type Evidence = Stored<typeof Evidence>;
