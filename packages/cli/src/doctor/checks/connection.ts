import { GetConnectionCommand } from "@aws-sdk/client-codestar-connections";
import type { ReadResult } from "../checking/aws-reader.ts";
import { check } from "../checking/check.ts";
import { problem, problemsOr, type Finding } from "../checking/finding.ts";

type Facts = { connection: string; status: ReadResult<string> };

/** Can builds read the sources? */
export const connectionCheck = check("connection", "Connection to GitHub", {
  targets: ({ scope }) => scope.repositories,
  gather: async ({ aws, configuration, home, projects }, target): Promise<Facts | undefined> => {
    const project = (await projects(target))?.builds;
    const auth = typeof project === "object" ? project.source?.auth : undefined;
    const arn = auth?.type === "CODECONNECTIONS" ? auth.resource : configuration.installation.connection;
    if (arn === undefined) return undefined;
    // The API with the old name returns connections with both names; the permission has the name in the ARN.
    const [, , service = "codeconnections"] = arn.split(":");
    const status = await aws.read(
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
  if (status === "unknown") return [];
  if (status === "absent") return [problem("connection.absent", connection, "the connection does not exist")];
  const problems =
    status === "AVAILABLE"
      ? []
      : [problem("connection.unavailable", connection, `its status is ${status}`, { connection })];
  return problemsOr(problems, "connection", connection, "available");
}
