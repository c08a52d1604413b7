import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { GetFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { DescribeStateMachineCommand } from "@aws-sdk/client-sfn";
import { arnsOf } from "@lockmaster/installation/topology/names.ts";
import type { ReadResult } from "../checking/aws-reader.ts";
import { count } from "../../lib/count.ts";
import { check } from "../checking/check.ts";
import { problem, problemsOr, type Finding } from "../checking/finding.ts";
import type { ProjectFacts, CheckContext } from "../checking/context.ts";

type Part = { name: string; state: ReadResult<string> };
type Facts = { name: string; parts: readonly Part[]; placeholders: readonly string[] };

/** Do all parts of Lockmaster exist? */
export const installationCheck = check("installation", "Lockmaster itself", {
  targets: ({ names }) => (names === undefined ? [] : [names]),
  gather: async (context, names): Promise<Facts> => {
    const { aws, home } = context;
    const table = await aws.read(
      { action: "dynamodb:DescribeTable", resource: names.ledgerTable, absent: ["ResourceNotFoundException"] },
      async () =>
        (await home.clients.dynamodb.send(new DescribeTableCommand({ TableName: names.ledgerTable }))).Table
          ?.TableStatus ?? "absent",
    );
    const prefix = names.buildProjectPrefix.replace(/-$/, "");
    const { stateMachine: stateMachineArn } = arnsOf({ ...home, prefix });
    const definition = await aws.read(
      { action: "states:DescribeStateMachine", resource: stateMachineArn, absent: ["StateMachineDoesNotExist"] },
      async () =>
        (await home.clients.stepFunctions.send(new DescribeStateMachineCommand({ stateMachineArn }))).definition ??
        "absent",
    );
    const machine = definition === "absent" || definition === "unknown" ? definition : "ACTIVE";
    const text = machine === "ACTIVE" ? definition : "";
    return {
      name: prefix,
      parts: [
        { name: `the table ${names.ledgerTable}`, state: table },
        { name: `the state machine ${names.stateMachine}`, state: machine },
        ...(await functionsIn(context, text)),
      ],
      placeholders: [...new Set(text.match(/\$\{\w+\}/g))],
    };
  },
  judge: judgeInstallation,
});

/** The functions that a definition invokes, with versions and aliases. */
async function functionsIn({ aws, home }: CheckContext, definition: string): Promise<Part[]> {
  const arns = new Set(definition.match(/arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+(?::[\w$-]+)?/g));
  return await Promise.all(
    [...arns].map(async (FunctionName) => ({
      name: `the function ${FunctionName.split(":function:")[1]}`,
      state: await aws.read(
        { action: "lambda:GetFunctionConfiguration", resource: FunctionName, absent: ["ResourceNotFoundException"] },
        async () =>
          (await home.clients.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).State ?? "Active",
      ),
    })),
  );
}

/** Lambda sets a function to Inactive that was not invoked for weeks; the next invocation activates it. */
const working: ReadonlySet<string> = new Set(["ACTIVE", "UPDATING", "Active", "Inactive", "unknown"]);

export function judgeInstallation({ name, parts, placeholders }: Facts): Finding[] {
  const problems = [
    ...parts
      .filter(({ state }) => !working.has(state))
      .map((part) =>
        problem(
          "installation.absent",
          name,
          `${part.name} ${part.state === "absent" ? "does not exist" : `is ${part.state}`}`,
        ),
      ),
    ...placeholders.map((placeholder) =>
      problem("installation.unfinished", name, `the state machine contains ${placeholder}`),
    ),
  ];
  const functions = parts.filter((part) => part.name.startsWith("the function")).length;
  return problemsOr(
    problems,
    "installation",
    name,
    `the ledger, the state machine and its ${count(functions, "function")} exist`,
  );
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
  if (builds === "unknown" || checks === "unknown") return [];
  const problems = [
    { name: names.builds, project: builds },
    { name: names.checks, project: checks },
  ].flatMap(({ name, project }) => {
    if (project === "absent")
      return [problem("installation.project-absent", repository, `the project ${name} does not exist`)];
    if (project.environment?.privilegedMode === true) return [];
    return [problem("installation.project-unprivileged", repository, `the project ${name} is not privileged`)];
  });
  return problemsOr(problems, "projects", repository, "the projects for builds and for checks exist");
}
