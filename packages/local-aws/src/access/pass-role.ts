import type { Demand } from "../protocol/demand.ts";

/** Whoever names a role that a service is to act under must be allowed to pass it. */
export function passRole(role: string, service: string): Demand {
  return { action: "iam:PassRole", resource: role, context: { "iam:PassedToService": service } };
}
