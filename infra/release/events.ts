import { patternText } from "@lockmaster/installation/topology/event-pattern.ts";
import type { Functions } from "./functions.ts";
import { arnsOf, namesOf, type InstallationSite } from "@lockmaster/installation/topology/names.ts";
import { rules, schedules, type FunctionName } from "@lockmaster/installation/topology/topology.ts";

/** Rules and schedules of the topology, each with its function, and a queue for what cannot be delivered. */
export function events({ place, functions }: { place: InstallationSite; functions: Functions }): void {
  const deadLetters = deadLetterQueue(place);
  for (const [name, { description, pattern, target }] of Object.entries(rules)) {
    const references = {
      stateMachine: arnsOf(place).stateMachine,
      buildProjectPrefix: namesOf(place.prefix).buildProjectPrefix,
    };
    const when = { eventPattern: patternText(pattern, references) };
    deliver(place, functions, deadLetters, { name, description, target, when });
  }
  for (const [name, { description, rate, target }] of Object.entries(schedules)) {
    deliver(place, functions, deadLetters, { name, description, target, when: { scheduleExpression: rate } });
  }
}

/** One for all: a message's attributes tell the rule, the target and why it was not delivered. */
function deadLetterQueue(place: InstallationSite): aws.sqs.Queue {
  const sources = [...Object.keys(rules), ...Object.keys(schedules)].map((name) => arnsOf(place).rule(name));
  const queue = new aws.sqs.Queue("DeadLetters", {
    name: namesOf(place.prefix).deadLetters,
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
          Resource: arnsOf(place).deadLetters,
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
  place: InstallationSite,
  functions: Functions,
  deadLetters: aws.sqs.Queue,
  { name, description, target, when }: Delivery,
): void {
  const logicalName = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const { arn, name: functionName } = functions[target];
  const rule = new aws.cloudwatch.EventRule(`${logicalName}Rule`, {
    name: namesOf(place.prefix).rule(name),
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
    // As long as EventBridge can: whoever waits for it looks by itself meanwhile.
    retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
  });
  // EventBridge hands over to Lambda's own queue: what the function fails with is retried there, and then dropped, which is an alarm.
  new aws.lambda.FunctionEventInvokeConfig(`${logicalName}Retries`, {
    functionName,
    maximumEventAgeInSeconds: 21_600,
    maximumRetryAttempts: 2,
  });
}
