import { buildProjectName } from "@lockmaster/core/lib/names.ts";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { alarmsOf } from "@lockmaster/installation/observability/alarm-list.ts";
import { patternText } from "@lockmaster/installation/topology/event-pattern.ts";
import { arnsOf, namesOf } from "@lockmaster/installation/topology/names.ts";
import { rules, schedules } from "@lockmaster/installation/topology/topology.ts";
import shipped from "../../examples/shop/lockmaster.config.ts";
import type { Recording } from "./recorded.ts";
import { inputsOf, ofType } from "./resources.ts";
import { synth } from "./synth.ts";

const emails = ["oncall@shop.example"];
const recording = await synth({ configuration: { ...shipped, installation: { alarms: { emails } } } });
const site = { partition: "aws", region: "eu-central-1", account: "111122223333", prefix: "lockmaster-staging" };
const names = namesOf(site.prefix);
const arns = arnsOf(site);

const byName = (one: { name: string }, other: { name: string }): number => one.name.localeCompare(other.name);

/** Each rule with its target, the function's permission and its retries, by the rule's name. */
function deliveries() {
  const Rule = v.object({
    name: v.string(),
    description: v.string(),
    eventPattern: v.optional(v.string()),
    scheduleExpression: v.optional(v.string()),
  });
  const targets = inputsOf(
    recording,
    "cloudwatch/eventTarget:EventTarget",
    v.object({
      rule: v.string(),
      arn: v.string(),
      deadLetterConfig: v.object({ arn: v.string() }),
      retryPolicy: v.object({ maximumEventAgeInSeconds: v.number(), maximumRetryAttempts: v.number() }),
    }),
  );
  return inputsOf(recording, "cloudwatch/eventRule:EventRule", Rule)
    .map((rule) => ({ ...rule, targets: targets.filter((target) => target.rule === rule.name) }))
    .toSorted(byName);
}

describe("events", () => {
  test("match the topology's patterns, invoke its functions, and go to the dead-letter queue if they cannot be delivered", () => {
    const references = { stateMachine: arns.stateMachine, buildProjectPrefix: names.buildProjectPrefix };
    const described = [
      ...Object.entries(rules).map(([name, { description, pattern, target }]) => {
        return { name, description, target, when: { eventPattern: patternText(pattern, references) } };
      }),
      ...Object.entries(schedules).map(([name, { description, rate, target }]) => {
        return { name, description, target, when: { scheduleExpression: rate } };
      }),
    ];
    expect(deliveries()).toEqual(
      described
        .map(({ name, description, target, when }) => ({
          name: names.rule(name),
          description,
          ...when,
          targets: [
            {
              rule: names.rule(name),
              arn: arns.function(target),
              deadLetterConfig: { arn: arns.deadLetters },
              retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
            },
          ],
        }))
        .toSorted(byName),
    );
  });

  test("can invoke a function only through their own rule", () => {
    const Permission = v.object({ function: v.string(), principal: v.string(), sourceArn: v.optional(v.string()) });
    const permissions = inputsOf(recording, "lambda/permission:Permission", Permission);
    for (const [name, { target }] of [...Object.entries(rules), ...Object.entries(schedules)]) {
      expect(permissions.filter(({ sourceArn }) => sourceArn === arns.rule(name))).toEqual([
        { function: names.function(target), principal: "events.amazonaws.com", sourceArn: arns.rule(name) },
      ]);
    }
    const ofEvents = permissions.filter(({ principal }) => principal === "events.amazonaws.com");
    expect(ofEvents).toHaveLength(Object.keys(rules).length + Object.keys(schedules).length);
  });

  test("are kept encrypted for 14 days in a queue that accepts messages from these rules only", () => {
    const [queue] = ofType(recording, "sqs/queue:Queue");
    expect(queue?.inputs).toMatchObject({
      name: names.deadLetters,
      sqsManagedSseEnabled: true,
      messageRetentionSeconds: 1_209_600,
    });
    const [policy] = inputsOf(recording, "sqs/queuePolicy:QueuePolicy", v.object({ policy: v.string() }));
    expect(JSON.parse(policy?.policy ?? "")).toMatchObject({
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "events.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: arns.deadLetters,
          Condition: {
            ArnEquals: { "aws:SourceArn": [...Object.keys(rules), ...Object.keys(schedules)].map(arns.rule) },
          },
        },
      ],
    });
  });
});

describe("alarms", () => {
  test("are those of the list, and each notifies the topic of ALARM and OK", () => {
    const Alarm = v.object({ name: v.string(), alarmActions: v.array(v.string()), okActions: v.array(v.string()) });
    const deployed = inputsOf(recording, "cloudwatch/metricAlarm:MetricAlarm", Alarm);
    expect(deployed.toSorted(byName)).toEqual(
      Object.keys(alarmsOf(site, { waitingMinutes: 60 }))
        .map((name) => ({
          name: names.alarm(name),
          alarmActions: [arns.alarmTopic],
          okActions: [arns.alarmTopic],
        }))
        .toSorted(byName),
    );
  });

  test("reach every mail address of the installation", () => {
    const Subscription = v.object({ topic: v.string(), protocol: v.string(), endpoint: v.string() });
    expect(inputsOf(recording, "sns/topicSubscription:TopicSubscription", Subscription)).toEqual(
      emails.map((endpoint) => ({ topic: arns.alarmTopic, protocol: "email", endpoint })),
    );
  });

  test("of this installation only can publish to the topic", () => {
    const [policy] = inputsOf(recording, "sns/topicPolicy:TopicPolicy", v.object({ policy: v.string() }));
    expect(JSON.parse(policy?.policy ?? "")).toMatchObject({
      Statement: [
        {
          Principal: { Service: "cloudwatch.amazonaws.com" },
          Resource: arns.alarmTopic,
          Condition: { ArnLike: { "aws:SourceArn": arns.alarm("*") } },
        },
      ],
    });
  });
});

test("the dashboard's build projects and functions exist", () => {
  const Dashboard = v.object({ dashboardName: v.string(), dashboardBody: v.string() });
  const [dashboard] = inputsOf(recording, "cloudwatch/dashboard:Dashboard", Dashboard);
  expect(dashboard?.dashboardName).toBe("lockmaster-staging");
  const projects = ofType(recording, "codebuild/project:Project").map(({ inputs }) => inputs["name"]);
  const project = buildProjectName(names.buildProjectPrefix, "acme/shop");
  expect(projects).toContain(project);
  expect(dashboard?.dashboardBody).toContain(`"${project}"`);
});

describe("the deployer", () => {
  const deployer = { repository: "acme/lockmaster" };

  test("does not exist unless it is configured", () => {
    expect(ofType(recording, "iam/openIdConnectProvider:OpenIdConnectProvider")).toEqual([]);
    expect(JSON.stringify(recording.resources)).not.toContain(names.deployerRole);
  });

  test("is created with GitHub's OIDC provider", async () => {
    const asked = await synth({ configuration: { ...shipped, installation: { deployer } } });
    expect(ofType(asked, "iam/openIdConnectProvider:OpenIdConnectProvider").map(({ inputs }) => inputs)).toMatchObject([
      { url: "https://token.actions.githubusercontent.com", clientIdLists: ["sts.amazonaws.com"] },
    ]);
    const trust = trustOf(asked);
    expect(trust).toContain("oidc-provider/token.actions.githubusercontent.com");
    expect(trust).toContain("repo:acme/lockmaster:ref:refs/heads/main");
  });

  test("uses an existing OIDC provider, within the installation's boundary", async () => {
    const provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
    const permissionsBoundary = "arn:aws:iam::111122223333:policy/boundary";
    const installation = { deployer: { ...deployer, provider }, permissionsBoundary };
    const asked = await synth({ configuration: { ...shipped, installation } });
    expect(ofType(asked, "iam/openIdConnectProvider:OpenIdConnectProvider")).toEqual([]);
    expect(trustOf(asked)).toContain(provider);
    const [role] = deployerRoles(asked);
    expect(role?.inputs).toMatchObject({ permissionsBoundary });
  });

  const deployerRoles = (asked: Recording) =>
    ofType(asked, "iam/role:Role").filter(({ inputs }) => inputs["name"] === names.deployerRole);
  const trustOf = (asked: Recording): string => JSON.stringify(deployerRoles(asked)[0]?.inputs["assumeRolePolicy"]);
});
