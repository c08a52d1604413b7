import { invalidInput } from "./errors.ts";

/** CodeBuild's limits: at least 5 minutes, at most 36 hours for a build and 8 hours in the queue. */
export function refuseTimeout(name: string, minutes: number | undefined, most: number): void {
  if (minutes !== undefined && (minutes < 5 || minutes > most)) {
    throw invalidInput(`Invalid ${name}: it must be between 5 and ${most}`);
  }
}
