import { type CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { BuildLogs } from "@lockmaster/core/build/ports.ts";
import { isAwsError } from "../lib/errors.ts";

/** Lines that are read: after the failed commands, CodeBuild repeats their text and that of the phase after them. */
const maxLines = 500;

/** Reads the end of a build's log. */
export function codebuildLogs(client: CloudWatchLogsClient): BuildLogs {
  return {
    async tail({ group, stream }) {
      const command = new GetLogEventsCommand({
        logGroupName: group,
        logStreamName: stream,
        limit: maxLines,
        startFromHead: false,
      });
      try {
        const { events = [] } = await client.send(command);
        return events.flatMap(({ message }) => message ?? []);
      } catch (error) {
        // No such stream: the build wrote nothing.
        if (isAwsError(error, "ResourceNotFoundException")) return [];
        return [`its log cannot be read: ${error instanceof Error ? error.message : String(error)}`];
      }
    },
  };
}
