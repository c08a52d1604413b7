import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { GetFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { DescribeStateMachineCommand } from "@aws-sdk/client-sfn";
import { arnsOf } from "@lockmaster/installation/topology/names.ts";
import type { Seen } from "../checking/asking.ts";
import { check } from "../checking/check.ts";
import { trouble, troublesOr, type Finding } from "../checking/finding.ts";
import type { ProjectFacts, Surroundings } from "../checking/surroundings.ts";

type Part = { what: string; state: Seen<string> };
type Facts = { name: string; parts: readonly Part[]; placeholders: readonly string[] };

/** Is Lockmaster there, with all that it is made of? */
export const installationCheck = check("installation", "Lockmaster itself", {
  targets: ({ names }) => (names === undefined ? [] : [names]),
  gather: async (around, names): Promise<Facts> => {
    const { asking, home } = around;
    const table = await asking.ask(
      { action: "dynamodb:DescribeTable", resource: names.ledgerTable, absent: ["ResourceNotFoundException"] },
      async () =>
        (await home.clients.dynamodb.send(new DescribeTableCommand({ TableName: names.ledgerTable }))).Table
          ?.TableStatus ?? "absent",
    );
    const prefix = names.buildProjectPrefix.replace(/-$/, "");
    const { stateMachine: stateMachineArn } = arnsOf({ ...home, prefix });
    const definition = await asking.ask(
      { action: "states:DescribeStateMachine", resource: stateMachineArn, absent: ["StateMachineDoesNotExist"] },
      async () =>
        (await home.clients.stepFunctions.send(new DescribeStateMachineCommand({ stateMachineArn }))).definition ??
        "absent",
    );
    const machine = definition === "absent" || definition === "unseen" ? definition : "ACTIVE";
    const text = machine === "ACTIVE" ? definition : "";
    return {
      name: prefix,
      parts: [
        { what: `the table ${names.ledgerTable}`, state: table },
        { what: `the state machine ${names.stateMachine}`, state: machine },
        ...(await functionsIn(around, text)),
      ],
      placeholders: [...new Set(text.match(/\$\{\w+\}/g))],
    };
  },
  judge: judgeInstallation,
});

/** The functions that a definition invokes, versions and aliases included. */
async function functionsIn({ asking, home }: Surroundings, definition: string): Promise<Part[]> {
  const arns = new Set(definition.match(/arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+(?::[\w$-]+)?/g));
  return await Promise.all(
    [...arns].map(async (FunctionName) => ({
      what: `the function ${FunctionName.split(":function:")[1]}`,
      state: await asking.ask(
        { action: "lambda:GetFunctionConfiguration", resource: FunctionName, absent: ["ResourceNotFoundException"] },
        async () =>
          (await home.clients.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).State ?? "Active",
      ),
    })),
  );
}

/** A function that was not invoked for weeks is Inactive until it is. */
const working: ReadonlySet<string> = new Set(["ACTIVE", "UPDATING", "Active", "Inactive", "unseen"]);

export function judgeInstallation({ name, parts, placeholders }: Facts): Finding[] {
  const troubles = [
    ...parts
      .filter(({ state }) => !working.has(state))
      .map(({ what, state }) =>
        trouble("installation.absent", name, state === "absent" ? `${what} is not there` : `${what} is ${state}`),
      ),
    ...placeholders.map((placeholder) =>
      trouble("installation.unfinished", name, `the state machine has ${placeholder}`),
    ),
  ];
  const functions = parts.filter(({ what }) => what.startsWith("the function")).length;
  return troublesOr(troubles, "installation", name, `ledger, state machine and its ${functions} functions are there`);
}

type ProjectsFacts = { repository: string; projects: ProjectFacts };

/** Can the repository's images be built? */
export const projectsCheck = check("projects", "Builds", {
  targets: ({ names, scope }) => (names === undefined ? [] : scope.repositories),
  gather: async ({ projects }, target): Promise<ProjectsFacts | undefined> => {
    const found = await projects(target);
    return found === undefined ? undefined : { repository: target.repository, projects: found };
  },
  judge: (facts) => (facts === undefined ? [] : judgeProjects(facts)),
});

export function judgeProjects({ repository, projects: { names, builds, checks } }: ProjectsFacts): Finding[] {
  if (builds === "unseen" || checks === "unseen") return [];
  const troubles = [
    { name: names.builds, project: builds },
    { name: names.checks, project: checks },
  ].flatMap(({ name, project }) => {
    if (project === "absent") return [trouble("installation.project-absent", repository, `no project ${name}`)];
    if (project.environment?.privilegedMode === true) return [];
    return [trouble("installation.project-unprivileged", repository, `${name} is not privileged`)];
  });
  return troublesOr(troubles, "projects", repository, "a project for builds and one for checks");
}
