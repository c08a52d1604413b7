import { patternText } from "@lockmaster/installation/topology/event-pattern.ts";
import type { Functions } from "./functions.ts";
import { arnsOf, namesOf, type InstallationSite } from "@lockmaster/installation/topology/names.ts";
import { rules, schedules, type FunctionName } from "@lockmaster/installation/topology/topology.ts";

/** Rules and schedules of the topology, each with its function, and one dead-letter queue. */
export function events({ site, functions }: { site: InstallationSite; functions: Functions }): void {
  const deadLetters = deadLetterQueue(site);
  for (const [name, { description, pattern, target }] of Object.entries(rules)) {
    const references = {
      stateMachine: arnsOf(site).stateMachine,
      buildProjectPrefix: namesOf(site.prefix).buildProjectPrefix,
    };
    const when = { eventPattern: patternText(pattern, references) };
    deliver(site, functions, deadLetters, { name, description, target, when });
  }
  for (const [name, { description, rate, target }] of Object.entries(schedules)) {
    deliver(site, functions, deadLetters, { name, description, target, when: { scheduleExpression: rate } });
  }
}

/** One queue for all rules: a message's attributes name the rule, the target and the reason. */
function deadLetterQueue(site: InstallationSite): aws.sqs.Queue {
  const sources = [...Object.keys(rules), ...Object.keys(schedules)].map((name) => arnsOf(site).rule(name));
  const queue = new aws.sqs.Queue("DeadLetters", {
    name: namesOf(site.prefix).deadLetters,
    // The longest that SQS keeps a message: 14 days.
    messageRetentionSeconds: 1_209_600,
    sqsManagedSseEnabled: true,
  });
  new aws.sqs.QueuePolicy("DeadLettersPolicy", {
    queueUrl: queue.url,
    policy: JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "events.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: arnsOf(site).deadLetters,
          Condition: { ArnEquals: { "aws:SourceArn": sources } },
        },
      ],
    }),
  });
  return queue;
}

type Delivery = {
  name: string;
  description: string;
  target: FunctionName;
  when: { eventPattern: string } | { scheduleExpression: string };
};

function deliver(
  site: InstallationSite,
  functions: Functions,
  deadLetters: aws.sqs.Queue,
  { name, description, target, when }: Delivery,
): void {
  const logicalName = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const { arn, name: functionName } = functions[target];
  const rule = new aws.cloudwatch.EventRule(`${logicalName}Rule`, {
    name: namesOf(site.prefix).rule(name),
    description,
    ...when,
  });
  new aws.lambda.Permission(`${logicalName}Permission`, {
    function: functionName,
    action: "lambda:InvokeFunction",
    principal: "events.amazonaws.com",
    sourceArn: rule.arn,
  });
  new aws.cloudwatch.EventTarget(`${logicalName}Target`, {
    rule: rule.name,
    targetId: "function",
    arn,
    deadLetterConfig: { arn: deadLetters.arn },
    // As long as EventBridge can retry: waiting releases poll meanwhile.
    retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
  });
  // EventBridge invokes Lambda asynchronously: Lambda retries a failed event twice, then drops it, which raises an alarm.
  new aws.lambda.FunctionEventInvokeConfig(`${logicalName}Retries`, {
    functionName,
    maximumEventAgeInSeconds: 21_600,
    maximumRetryAttempts: 2,
  });
}
