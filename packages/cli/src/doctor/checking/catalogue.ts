/** Every finding that calls for something to be done. docs/doctor.md is held to this list by a test. */

type Entry = {
  severity: "warning" | "error";
  /** What it means for releases. */
  meaning: string;
  /** What to do; `<name>` stands for what the finding fills in. */
  remedy: string;
};

export const catalogue = {
  "permission.missing": {
    severity: "warning",
    meaning: "The credentials may not look at something, which stays unexamined.",
    remedy: "Allow <action> on <resource> to these credentials, or let somebody look who may",
  },
  "aws.no-answer": {
    severity: "warning",
    meaning: "AWS gave no answer to a question, or one that nobody expects; what was asked about stays unexamined.",
    remedy: "Repeat the command; should it stay so, mend what AWS names",
  },
  "aws.unreachable": {
    severity: "error",
    meaning: "AWS does not say whose credentials these are; nothing in AWS was looked at.",
    remedy: "Look at the network, the region and --endpoint-url, and repeat the command",
  },
  "configuration.invalid": {
    severity: "error",
    meaning: "`lockmaster.config.ts` is not accepted; nothing else was looked at.",
    remedy: "Mend each line: docs/configuration.md has every field",
  },
  "credentials.unusable": {
    severity: "error",
    meaning:
      "There are no credentials or no region, they have expired, or AWS does not know them; nothing in AWS was looked at.",
    remedy: "Sign in, as with `aws sso login`, or name --profile and --region",
  },
  "configuration.not-installed": {
    severity: "error",
    meaning: "The ledger has no configuration of the repository: what is pushed there starts nothing.",
    remedy: "Deploy Lockmaster with this configuration",
  },
  "configuration.differs": {
    severity: "warning",
    meaning: "Releases follow the configuration that was installed, which is not the one in this file.",
    remedy: "Deploy Lockmaster again, or look at the commit that is installed",
  },
  "installation.absent": {
    severity: "error",
    meaning:
      "A part of Lockmaster is not there: the ledger's table, the state machine, a function that it invokes, or the webhook.",
    remedy: "Deploy Lockmaster; if it was deployed, look whether --stage and --region name where",
  },
  "installation.unfinished": {
    severity: "error",
    meaning: "The state machine has a placeholder that nobody has filled: a release would fail there.",
    remedy: "Deploy Lockmaster with its own program: it fills placeholders, or refuses",
  },
  "installation.project-absent": {
    severity: "error",
    meaning: "A repository's CodeBuild project is not there: nothing of it can be built, or no pull request checked.",
    remedy: "Deploy Lockmaster with this configuration: it makes a project for builds and one for checks",
  },
  "installation.project-unprivileged": {
    severity: "error",
    meaning: "The project cannot run Docker, and each build fails.",
    remedy: "Deploy Lockmaster again: the project is to be privileged",
  },
  "quota.builds": {
    severity: "warning",
    meaning: "Fewer builds may run at once than one commit needs: they wait for each other.",
    remedy: "Ask for more in Service Quotas → AWS CodeBuild → <quota>",
  },
  "quota.lambda": {
    severity: "warning",
    meaning:
      "Fewer functions may run at once than one release needs, as in new accounts: steps are throttled and tried again.",
    remedy: "Ask for more in Service Quotas → AWS Lambda → Concurrent executions",
  },
  "quota.fargate": {
    severity: "error",
    meaning: "There is no room for the old and the new tasks side by side: tasks are not placed, and releases go back.",
    remedy:
      "Ask for more in Service Quotas → AWS Fargate → Fargate On-Demand vCPU resource count, or lower maximumPercent",
  },
  "connection.absent": {
    severity: "error",
    meaning: "The connection to GitHub that builds read sources through is not there.",
    remedy: "Name another connection in installation.connection, and deploy Lockmaster again",
  },
  "connection.unavailable": {
    severity: "error",
    meaning: "The connection to GitHub was never completed, or was taken back: no build can read sources.",
    remedy:
      "Developer Tools → Settings → Connections → <connection> → Update pending connection; AWS has no API for it",
  },
  "github.credentials-absent": {
    severity: "warning",
    meaning: "Lockmaster cannot ask GitHub what changed: every push builds and deploys everything.",
    remedy: "Put an App's credentials into the secret <secret>: docs/github.md",
  },
  "github.credentials-unusable": {
    severity: "error",
    meaning: "What is in the secret is not what belongs there, or GitHub does not accept it.",
    remedy: 'Put {"appId", "privateKey"} or {"token"} into the secret <secret>, as JSON: docs/github.md',
  },
  "github.repository-unreachable": {
    severity: "error",
    meaning: "The credentials are valid, and do not reach the repository.",
    remedy: "Install the App on the repository with *Contents: read*, or choose it for the token",
  },
  "github.webhook-unseen": {
    severity: "warning",
    meaning: "GitHub does not let the token see the repository's webhooks; releases do not need that.",
    remedy: "Look yourself at Repository → Settings → Webhooks, or give the token *Webhooks: read*",
  },
  "webhook.secret-absent": {
    severity: "error",
    meaning: "The webhook's secret is not in Secrets Manager, or has no value: every delivery is refused.",
    remedy: "Put a long random text into the secret <secret>, and the same into GitHub's webhook",
  },
  "webhook.absent": {
    severity: "error",
    meaning: "No webhook points to Lockmaster: nothing starts a release.",
    remedy: "Give the App's webhook, or one of the repository's, the address <url>: docs/github.md",
  },
  "webhook.inactive": {
    severity: "error",
    meaning: "The webhook is switched off: nothing starts a release.",
    remedy: "Repository → Settings → Webhooks → the webhook → Active",
  },
  "webhook.content-type": {
    severity: "error",
    meaning: "GitHub posts forms, which Lockmaster refuses.",
    remedy: "Choose the content type application/json for the webhook",
  },
  "webhook.unsigned": {
    severity: "error",
    meaning: "The webhook has no secret: GitHub signs nothing, and every delivery is refused.",
    remedy: "Give the webhook the secret that is in <secret>",
  },
  "webhook.events": {
    severity: "error",
    meaning: "The webhook does not tell of pushes, which start releases, or of pull requests, which start checks.",
    remedy: "Subscribe the webhook to *Pushes* and *Pull requests*",
  },
  "webhook.insecure": {
    severity: "warning",
    meaning: "GitHub does not verify whom it talks to.",
    remedy: "Enable SSL verification for the webhook",
  },
  "webhook.last-delivery": {
    severity: "warning",
    meaning: "The last delivery was not accepted.",
    remedy: "Look at the webhook's recent deliveries and at the webhook function's log; then press Redeliver",
  },
  "environment.role-refused": {
    severity: "warning",
    meaning:
      "These credentials may not assume the environment's role; whether Lockmaster's functions may is not known by that.",
    remedy:
      "Look whether its trust policy names Lockmaster's functions (docs/accounts.md); run doctor with an identity that may assume <role> to have the environment looked at",
  },
  "environment.cluster-absent": {
    severity: "error",
    meaning: "The cluster is not there, or not active: no release can reach the environment.",
    remedy: "Mend `cluster` in the configuration, or create it; look whether the account and region are right",
  },
  "environment.alarm-absent": {
    severity: "error",
    meaning: "An alarm that the configuration names is not there: a release cannot be proven by it, and is refused.",
    remedy: "Create the alarm, or take it out of health.alarms",
  },
  "environment.not-covered": {
    severity: "error",
    meaning:
      "A service's task definition, or its template, is of a family or names a role that Lockmaster has no permission for: each release is refused.",
    remedy: "Set <settings>, and deploy Lockmaster again",
  },
  "environment.logs-not-covered": {
    severity: "warning",
    meaning:
      "Lockmaster may not read a log group that containers write to: what is told of a failure lacks their last words.",
    remedy: "Set <settings>, and deploy Lockmaster again",
  },
  "environment.schedule-follows": {
    severity: "warning",
    meaning:
      "A scheduled task names a service's task definition without a revision: it runs whatever Lockmaster registered last, proven or not.",
    remedy: "Give the scheduled task a family of its own, or name a revision",
  },
  "service.absent": {
    severity: "error",
    meaning: "The service is not there, or not active: no release can reach the environment.",
    remedy: "Mend `service` in the configuration, or create it",
  },
  "service.controller": {
    severity: "error",
    meaning: "Another system deploys the service, and ECS refuses Lockmaster's updates: each release is refused.",
    remedy: "Create the service anew with the deployment controller ECS; it cannot be changed",
  },
  "service.container-absent": {
    severity: "error",
    meaning: "The task definition has no container of a name that the configuration has.",
    remedy: "Mend `containers` in the configuration: the task definition has <containers>",
  },
  "service.template-absent": {
    severity: "error",
    meaning:
      "The task definition that the configuration names as the service's template has no active revision: each release is refused.",
    remedy: "Register it, or mend `template` in the configuration",
  },
  "service.unproven": {
    severity: "warning",
    meaning:
      "No task is desired: a release that updates the service proves nothing, counts as unproven and cannot be promoted.",
    remedy: "Let at least one task run, or leave the service out",
  },
  "service.breaker-off": {
    severity: "warning",
    meaning:
      "ECS starts failing tasks for ever: only Lockmaster's deadline ends a bad release, and nothing ends one that others make.",
    remedy:
      'aws ecs update-service --cluster <cluster> --service <service> --deployment-configuration \'{"minimumHealthyPercent":<minimum>,"maximumPercent":<maximum>,"deploymentCircuitBreaker":{"enable":true,"rollback":true}}\'',
  },
  "service.downtime": {
    severity: "warning",
    meaning: "ECS may stop every task before a new one runs: each release can be an outage.",
    remedy: "Raise minimumHealthyPercent to 100, and maximumPercent to 200",
  },
  "service.health-check-absent": {
    severity: "warning",
    meaning:
      "Neither a container nor a load balancer checks health: a task that runs counts as healthy, whatever it answers.",
    remedy: "Add `healthCheck` to the container, or name a `health.probe` in the configuration",
  },
  "service.image-gone": {
    severity: "error",
    meaning:
      "What the service runs is not in the registry any more: a task that is replaced cannot be pulled, and nothing can go back to it.",
    remedy: "Release another commit, and keep what runs out of lifecycle rules",
  },
  "service.role-absent": {
    severity: "error",
    meaning: "A role that the task definition names is not there: no task starts.",
    remedy: "Create the role, or name another one in the task definition",
  },
  "service.role-trust": {
    severity: "error",
    meaning: "The role cannot be given to tasks.",
    remedy: "Let ecs-tasks.amazonaws.com assume the role, in its trust policy",
  },
  "service.secret-absent": {
    severity: "error",
    meaning: "A secret or parameter that the task definition names is not there, or is to be deleted: no task starts.",
    remedy: "Create or restore it, or name another one in the task definition",
  },
  "service.plain-text-secret": {
    severity: "warning",
    meaning: "Whoever may describe task definitions reads it, and each revision keeps it for ever.",
    remedy: "Put it into Secrets Manager, name it in `secrets` instead of `environment`, and change it",
  },
  "image.repository-absent": {
    severity: "error",
    meaning: "The ECR repository is not there: the image cannot be pushed.",
    remedy: "Deploy Lockmaster with this configuration, or mend `repository`",
  },
  "image.tags-mutable": {
    severity: "warning",
    meaning: "A tag can be moved to another image. Releases run digests, people who read tags are misled.",
    remedy: "aws ecr put-image-tag-mutability --repository-name <repository> --image-tag-mutability IMMUTABLE",
  },
  "image.scan-off": {
    severity: "error",
    meaning: "An environment asks for a scan, and nobody scans: its releases wait for one, and are refused.",
    remedy:
      "aws ecr put-image-scanning-configuration --repository-name <repository> --image-scanning-configuration scanOnPush=true",
  },
} as const satisfies Record<string, Entry>;

export type TroubleId = keyof typeof catalogue;
