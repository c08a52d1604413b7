import {
  type Access,
  type Demand,
  passRole,
  type RequestInput,
  type ServiceAccess,
  textOf,
  textsOf,
} from "../../protocol/demand.ts";

const cluster = { "ecs:cluster": "cluster/{cluster=default}" };
const inCluster = (...on: readonly string[]): Access => ({ on, context: cluster });

/** Permissions for a service's deployments and revisions are required for the service itself, too. */
const historyOf =
  (member: string) =>
  (input: RequestInput): readonly string[] =>
    textsOf(input, member).flatMap((arn) => {
      const [, prefix = "", clusterName = "", service = ""] =
        /^(arn:[^/]+:)service-(?:deployment|revision)\/([^/]+)\/([^/]+)\//.exec(arn) ?? [];
      return [`${prefix}service/${clusterName}/${service}`, arn];
    });

function whenRegistered(input: RequestInput, arn: (resource: string) => string): readonly Demand[] {
  const given = input["tags"];
  const isTagged = Array.isArray(given) && given.length > 0;
  const family = arn(`task-definition/${textOf(input, "family")}`);
  const tags = [family, `${family}:*`].map((resource) => ({
    action: "ecs:TagResource",
    resource,
    context: { "ecs:CreateAction": "RegisterTaskDefinition" },
  }));
  const roles = [...textsOf(input, "taskRoleArn"), ...textsOf(input, "executionRoleArn")];
  return [...(isTagged ? tags : []), ...roles.map((role) => passRole(role, "ecs-tasks.amazonaws.com"))];
}

/** docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html */
function whenTasksAreTagged(input: RequestInput, arn: (resource: string) => string): readonly Demand[] {
  const tags = input["tags"];
  if (!Array.isArray(tags) || tags.length === 0) return [];
  const name = (textOf(input, "cluster") ?? "default").replace(/^arn:.*\//, "");
  return [{ action: "ecs:TagResource", resource: arn(`task/${name}/*`), context: { "ecs:CreateAction": "RunTask" } }];
}

/** docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html */
export const ecsAccess: ServiceAccess = {
  prefix: "ecs",
  operations: {
    CreateCluster: { on: ["cluster/{clusterName=default}"] },
    DescribeClusters: { on: ["cluster/{clusters=default}"] },
    // AWS does not say which of the two it asks for: both are required, so that a policy is right either way.
    RegisterTaskDefinition: { on: ["task-definition/{family}", "task-definition/{family}:*"], also: whenRegistered },
    DescribeTaskDefinition: { on: "*" },
    DeregisterTaskDefinition: { on: "*" },
    ListTaskDefinitions: { on: "*" },
    CreateService: inCluster("service/{cluster=default}/{serviceName}"),
    UpdateService: inCluster("service/{cluster=default}/{service}"),
    DeleteService: inCluster("service/{cluster=default}/{service}"),
    DescribeServices: inCluster("service/{cluster=default}/{services}"),
    ListClusters: { on: "*" },
    ListServices: { on: "*", context: cluster },
    ListServiceDeployments: inCluster("service/{cluster=default}/{service}"),
    DescribeServiceDeployments: { on: historyOf("serviceDeploymentArns") },
    DescribeServiceRevisions: { on: historyOf("serviceRevisionArns") },
    StopServiceDeployment: { on: historyOf("serviceDeploymentArn") },
    // run-task.ts also requires iam:PassRole for the task's roles.
    RunTask: { ...inCluster("task-definition/{taskDefinition}"), also: whenTasksAreTagged },
    // Only the list of a container instance's tasks has a resource: github.com/cdklabs/construct-hub/pull/1207
    ListTasks: { on: "*", context: cluster },
    DescribeTasks: inCluster("task/{cluster=default}/{tasks}"),
    StopTask: inCluster("task/{cluster=default}/{task}"),
  },
};
