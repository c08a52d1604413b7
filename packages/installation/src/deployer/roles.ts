import type { Installation } from "@lockmaster/core/config/installation.ts";
import type { DeployerStatement } from "./statement.ts";
import { githubIssuer } from "./trust.ts";
import { namesOf, type InstallationSite } from "../topology/names.ts";

/** Services that assume the installation's roles. */
const passedTo = ["codebuild.amazonaws.com", "ecs-tasks.amazonaws.com", "lambda.amazonaws.com", "states.amazonaws.com"];

const write = ["iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"];
const rest = [
  "iam:DeleteRole",
  "iam:DeleteRolePolicy",
  "iam:DetachRolePolicy",
  "iam:TagRole",
  "iam:UntagRole",
  "iam:UpdateAssumeRolePolicy",
  "iam:UpdateRole",
];
const read = [
  "iam:GetRole",
  "iam:GetRolePolicy",
  "iam:ListAttachedRolePolicies",
  "iam:ListInstanceProfilesForRole",
  "iam:ListRolePolicies",
  "iam:ListRoleTags",
];

/** Policies of roles that are too long for the role's inline policy. */
const writePolicy = [
  "iam:CreatePolicy",
  "iam:CreatePolicyVersion",
  "iam:DeletePolicy",
  "iam:DeletePolicyVersion",
  "iam:TagPolicy",
  "iam:UntagPolicy",
];
const readPolicy = ["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyTags", "iam:ListPolicyVersions"];

/**
 * The deployer creates and passes the roles of an installation and of a workload's tasks. It cannot change its own role.
 *
 * A caller that creates roles can create one that allows everything. Only a permissions boundary prevents that: if one is
 * configured, the deployer can create no role without it.
 *
 * @param families what the names of tasks' roles begin with, each ending in an asterisk
 */
export function roleStatements(
  { partition, account, prefix }: InstallationSite,
  { permissionsBoundary: boundary, workload }: Installation,
  families: readonly string[],
): DeployerStatement[] {
  const roleArn = (name: string) => `arn:${partition}:iam::${account}:role/${name}`;
  const policyArn = (name: string) => `arn:${partition}:iam::${account}:policy/${name}`;
  const names = namesOf(prefix);
  const ofTasks = families.flatMap((family) => [`${family}-execution`, `${family}-task`]);
  const roles = [`${prefix}-*`, ...ofTasks].map(roleArn);
  return [
    {
      Sid: "RolesThatMay",
      Effect: "Allow",
      Action: write,
      Resource: roles,
      ...(boundary !== undefined && { Condition: { StringEquals: { "iam:PermissionsBoundary": boundary } } }),
    },
    { Sid: "Roles", Effect: "Allow", Action: [...rest, ...read], Resource: roles },
    {
      Sid: "RolesPassed",
      Effect: "Allow",
      Action: ["iam:PassRole"],
      Resource: roles,
      Condition: { StringEquals: { "iam:PassedToService": passedTo } },
    },
    // For instances that a deployment replaces.
    ...(workload?.network.nat === "instance"
      ? [
          {
            Sid: "NatRolePassed",
            Effect: "Allow" as const,
            Action: ["iam:PassRole"],
            Resource: [roleArn(names.natRole)],
            Condition: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
          },
        ]
      : []),
    { Sid: "Policies", Effect: "Allow", Action: [...writePolicy, ...readPolicy], Resource: [policyArn(`${prefix}-*`)] },
    // The deployer cannot change its own role and policies, nor its boundary: a person with other credentials does that.
    {
      Sid: "NotItself",
      Effect: "Deny",
      Action: [...write, ...rest, "iam:DeleteRolePermissionsBoundary"],
      Resource: [roleArn(names.deployerRole)],
    },
    {
      Sid: "NotItsPolicies",
      Effect: "Deny",
      Action: writePolicy,
      Resource: [policyArn(`${names.deployerRole}-*`), ...(boundary === undefined ? [] : [boundary])],
    },
    {
      Sid: "GitHub",
      Effect: "Allow",
      Action: ["iam:GetOpenIDConnectProvider"],
      Resource: [`arn:${partition}:iam::${account}:oidc-provider/${githubIssuer}`],
    },
  ];
}
