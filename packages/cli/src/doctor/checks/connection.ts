import { GetConnectionCommand } from "@aws-sdk/client-codestar-connections";
import type { Seen } from "../checking/asking.ts";
import { check } from "../checking/check.ts";
import { trouble, troublesOr, type Finding } from "../checking/finding.ts";

type Facts = { connection: string; status: Seen<string> };

/** Can builds read sources? */
export const connectionCheck = check("connection", "Connection to GitHub", {
  targets: ({ scope }) => scope.repositories,
  gather: async ({ asking, configuration, home, projects }, target): Promise<Facts | undefined> => {
    const project = (await projects(target))?.builds;
    const auth = typeof project === "object" ? project.source?.auth : undefined;
    const arn = auth?.type === "CODECONNECTIONS" ? auth.resource : configuration.installation.connection;
    if (arn === undefined) return undefined;
    // The API under its old name answers for connections of both, and asks for the permission that the ARN has.
    const [, , service = "codeconnections"] = arn.split(":");
    const status = await asking.ask(
      { action: `${service}:GetConnection`, resource: arn, absent: ["ResourceNotFoundException"] },
      async () =>
        (await home.clients.connections.send(new GetConnectionCommand({ ConnectionArn: arn }))).Connection
          ?.ConnectionStatus ?? "absent",
    );
    return { connection: arn, status };
  },
  judge: (facts) => (facts === undefined ? [] : judgeConnection(facts)),
});

export function judgeConnection({ connection, status }: Facts): Finding[] {
  if (status === "unseen") return [];
  if (status === "absent") return [trouble("connection.absent", connection, "there is no such connection")];
  const troubles =
    status === "AVAILABLE" ? [] : [trouble("connection.unavailable", connection, `it is ${status}`, { connection })];
  return troublesOr(troubles, "connection", connection, "available");
}
