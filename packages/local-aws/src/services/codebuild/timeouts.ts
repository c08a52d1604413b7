import { invalidInput } from "./errors.ts";

/** CodeBuild's limits: at least 5 minutes, at most 36 hours for a build and 8 hours in the queue. */
export function checkTimeout(name: string, minutes: number | undefined, max: number): void {
  if (minutes !== undefined && (minutes < 5 || minutes > max)) {
    throw invalidInput(`Invalid ${name}: it must be between 5 and ${max}`);
  }
}
