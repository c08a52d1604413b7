import type { LocalService } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";
import { logsAccess } from "./access.ts";
import { logsConstraints } from "./constraints.ts";
import { groupOperations } from "./groups.ts";
import { eventOperations } from "./operations.ts";
import { LogGroups, type LogsWorld } from "./state.ts";

export type Logs = {
  service: LocalService;
  /** Implements `World.log`. */
  append: World["log"];
};

/** CloudWatch Logs: groups, streams and events, without retention, metrics or queries. */
export function createLogs(world: LogsWorld): Logs {
  const groups = new LogGroups(world);
  return {
    service: {
      name: "logs",
      api: {
        protocol: "json",
        targetPrefix: "Logs_20140328",
        jsonVersion: "1.1",
        validationError: "InvalidParameterException",
        constraints: logsConstraints,
        operations: { ...groupOperations(groups), ...eventOperations(world, groups) },
      },
      access: logsAccess,
    },
    append: (group, stream, lines) => groups.append(group, stream, lines),
  };
}
