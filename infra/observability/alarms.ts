import type { Installation } from "@lockmaster/core/config/installation.ts";
import { alarmsOf } from "@lockmaster/installation/observability/alarm-list.ts";
import { arnsOf, namesOf, type InstallationSite } from "@lockmaster/installation/topology/names.ts";

/** A topic that every alarm is told to, raised and over, with the mail addresses of the installation. */
export function alarms({
  place,
  installation,
}: {
  place: InstallationSite;
  installation: Installation;
}): aws.sns.Topic {
  const topic = alarmTopic(place);
  for (const email of installation.alarms.emails) {
    new aws.sns.TopicSubscription(`AlarmMail-${email}`, { topic: topic.arn, protocol: "email", endpoint: email });
  }
  for (const [name, alarm] of Object.entries(alarmsOf(place, installation.alarms))) {
    new aws.cloudwatch.MetricAlarm(`Alarm-${name}`, {
      name: namesOf(place.prefix).alarm(name),
      alarmDescription: alarm.description,
      namespace: alarm.namespace,
      metricName: alarm.metric,
      dimensions: alarm.dimensions,
      statistic: alarm.statistic,
      period: alarm.periodSeconds,
      evaluationPeriods: alarm.periods,
      threshold: alarm.threshold,
      comparisonOperator: alarm.comparison,
      treatMissingData: alarm.missing,
      alarmActions: [topic.arn],
      okActions: [topic.arn],
    });
  }
  return topic;
}

/**
 * Not encrypted with AWS's managed key, whose policy lets no service publish; what alarms say is no secret.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
 */
function alarmTopic(place: InstallationSite): aws.sns.Topic {
  const topic = new aws.sns.Topic("Alarms", { name: namesOf(place.prefix).alarmTopic });
  new aws.sns.TopicPolicy("AlarmsPolicy", {
    arn: topic.arn,
    policy: JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "cloudwatch.amazonaws.com" },
          Action: "sns:Publish",
          Resource: arnsOf(place).alarmTopic,
          Condition: {
            StringEquals: { "aws:SourceAccount": place.account },
            ArnLike: { "aws:SourceArn": arnsOf(place).alarm("*") },
          },
        },
      ],
    }),
  });
  return topic;
}
