import type { Installation } from "@lockmaster/core/config/installation.ts";
import { alarmsOf } from "@lockmaster/installation/observability/alarm-list.ts";
import { arnsOf, namesOf, type InstallationSite } from "@lockmaster/installation/topology/names.ts";

/** The alarms, and an SNS topic that gets each alarm's ALARM and OK, with the installation's mail addresses. */
export function alarms({ site, installation }: { site: InstallationSite; installation: Installation }): aws.sns.Topic {
  const topic = alarmTopic(site);
  for (const email of installation.alarms.emails) {
    new aws.sns.TopicSubscription(`AlarmMail-${email}`, { topic: topic.arn, protocol: "email", endpoint: email });
  }
  for (const [name, alarm] of Object.entries(alarmsOf(site, installation.alarms))) {
    new aws.cloudwatch.MetricAlarm(`Alarm-${name}`, {
      name: namesOf(site.prefix).alarm(name),
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
 * Not encrypted with AWS's managed key, whose policy does not allow CloudWatch to publish. The texts of alarms are not secret.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
 */
function alarmTopic(site: InstallationSite): aws.sns.Topic {
  const topic = new aws.sns.Topic("Alarms", { name: namesOf(site.prefix).alarmTopic });
  new aws.sns.TopicPolicy("AlarmsPolicy", {
    arn: topic.arn,
    policy: JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "cloudwatch.amazonaws.com" },
          Action: "sns:Publish",
          Resource: arnsOf(site).alarmTopic,
          Condition: {
            StringEquals: { "aws:SourceAccount": site.account },
            ArnLike: { "aws:SourceArn": arnsOf(site).alarm("*") },
          },
        },
      ],
    }),
  });
  return topic;
}
