/** Every finding that is a warning or an error. A test compares docs/doctor.md with this list. */

type Entry = {
  severity: "warning" | "error";
  /** The consequence for releases. */
  meaning: string;
  /** The next step; the finding fills in `<name>`. */
  remedy: string;
};

export const catalogue = {
  "permission.missing": {
    severity: "warning",
    meaning: "The credentials are denied a request; doctor does not check what the request reads.",
    remedy:
      "Allow <action> on <resource> to these credentials, or run doctor with credentials that have this permission",
  },
  "request.failed": {
    severity: "warning",
    meaning:
      "AWS or GitHub did not answer a request, or answered with an unexpected error; doctor does not check what the request reads.",
    remedy: "Repeat the command; if the error remains, fix what it names",
  },
  "aws.unreachable": {
    severity: "error",
    meaning: "AWS does not answer GetCallerIdentity; nothing in AWS is checked.",
    remedy: "Check the network, the region and --endpoint-url, and repeat the command",
  },
  "configuration.invalid": {
    severity: "error",
    meaning: "`lockmaster.config.ts` is not valid; nothing else is checked.",
    remedy: "Fix each line: docs/configuration.md has every field",
  },
  "credentials.unusable": {
    severity: "error",
    meaning:
      "There are no credentials or no region, the credentials have expired, or AWS does not know them; nothing in AWS is checked.",
    remedy: "Sign in, for example with `aws sso login`, or name --profile and --region",
  },
  "configuration.not-installed": {
    severity: "error",
    meaning: "The ledger has no configuration of the repository: pushes to it start no release.",
    remedy: "Deploy Lockmaster with this configuration",
  },
  "configuration.differs": {
    severity: "warning",
    meaning: "Releases use the installed configuration, which differs from this file.",
    remedy: "Deploy Lockmaster again, or check out the commit that is installed",
  },
  "region.service-absent": {
    severity: "error",
    meaning:
      "AWS does not offer a service in Lockmaster's region that a setting needs: the deployment refuses the configuration.",
    remedy: "<settings>; or add the service to installation.regionOffers if AWS offers it there by now",
  },
  "region.unknown": {
    severity: "warning",
    meaning:
      "Lockmaster's table of regions cannot confirm a service that a setting needs: creating the CodeBuild projects, the connection or the scanning may fail.",
    remedy: "See in AWS's documentation whether the region has it; if it has not: <settings>",
  },
  "installation.absent": {
    severity: "error",
    meaning:
      "A part of Lockmaster does not exist: the ledger's table, the state machine, a function that it invokes, or the webhook.",
    remedy: "Deploy Lockmaster; if it is deployed, check --stage and --region",
  },
  "installation.unfinished": {
    severity: "error",
    meaning: "The state machine contains a placeholder: a release fails there.",
    remedy: "Deploy Lockmaster with its own program, which fills in every placeholder",
  },
  "installation.project-absent": {
    severity: "error",
    meaning:
      "A CodeBuild project of the repository does not exist: its images cannot be built, or its pull requests cannot be checked.",
    remedy: "Deploy Lockmaster with this configuration: it creates a project for builds and one for checks",
  },
  "installation.project-unprivileged": {
    severity: "error",
    meaning: "The project cannot run Docker: each build fails.",
    remedy: "Deploy Lockmaster again: it makes the project privileged",
  },
  "quota.builds": {
    severity: "warning",
    meaning: "The quota is smaller than the number of builds of one commit: builds wait for each other.",
    remedy: "Request an increase in Service Quotas → AWS CodeBuild → <quota>",
  },
  "quota.lambda": {
    severity: "warning",
    meaning:
      "The quota is smaller than the number of parallel functions of one release, as in new accounts: steps are throttled and retried.",
    remedy: "Request an increase in Service Quotas → AWS Lambda → Concurrent executions",
  },
  "quota.fargate": {
    severity: "error",
    meaning:
      "The quota does not suffice for the old and the new tasks together: ECS cannot place tasks, and releases are rolled back.",
    remedy:
      "Request an increase in Service Quotas → AWS Fargate → Fargate On-Demand vCPU resource count, or lower maximumPercent",
  },
  "quota.policies": {
    severity: "error",
    meaning:
      "IAM has no room for the policies of a role, which name each service, image and project: the deployment refuses the configuration.",
    remedy: "<remedy>; or raise installation.policiesPerRole if AWS has raised the account's quota",
  },
  "connection.absent": {
    severity: "error",
    meaning: "The connection to GitHub does not exist: builds cannot read the sources.",
    remedy: "Name another connection in installation.connection, and deploy Lockmaster again",
  },
  "connection.unavailable": {
    severity: "error",
    meaning:
      "The connection to GitHub was never approved, or the approval was withdrawn: builds cannot read the sources.",
    remedy:
      "Developer Tools → Settings → Connections → <connection> → Update pending connection; AWS has no API for it",
  },
  "github.credentials-absent": {
    severity: "warning",
    meaning: "Lockmaster cannot read from GitHub which files changed: every push builds and deploys every image.",
    remedy: "Put an App's credentials into the secret <secret>: docs/github.md",
  },
  "github.credentials-unusable": {
    severity: "error",
    meaning: "The content of the secret is not valid, or GitHub does not accept the credentials.",
    remedy: 'Put {"appId", "privateKey"} or {"token"} into the secret <secret>, as JSON: docs/github.md',
  },
  "github.repository-unreachable": {
    severity: "error",
    meaning: "The credentials are valid but have no access to the repository.",
    remedy: "Install the App on the repository with *Contents: read*, or select the repository for the token",
  },
  "github.webhook-unreadable": {
    severity: "warning",
    meaning:
      "The token is not permitted to read the repository's webhooks, so doctor cannot check the webhook; releases do not need this permission.",
    remedy: "Check Repository → Settings → Webhooks yourself, or give the token *Webhooks: read*",
  },
  "github.repository-renamed": {
    severity: "error",
    meaning:
      "The repository was renamed or transferred, or GitHub writes its name with other capitals: requests for this name are answered, but GitHub's events have the other one and start no release.",
    remedy: "Write <name> in the configuration, and deploy Lockmaster again",
  },
  "github.repository-replaced": {
    severity: "error",
    meaning: "Another repository has the name now, or it was deleted and created again: its releases are refused.",
    remedy: "If this is meant: lockmaster accept-repository --repository <repository> --id <id>",
  },
  "github.rules-unreadable": {
    severity: "warning",
    meaning:
      "GitHub does not show the repository's rulesets, which private repositories do not have in every plan: doctor cannot check who may push what is released.",
    remedy: "Set on.by, and read docs/github.md#rulesets for what remains without rulesets",
  },
  "github.branch-unprotected": {
    severity: "warning",
    meaning:
      "Every person with write access can release to the environment by a push, or remove commits from the branch.",
    remedy: "Repository → Settings → Rules → a ruleset for the branch: docs/github.md#rulesets",
  },
  "github.tags-unprotected": {
    severity: "warning",
    meaning: "Every person with write access can release to the environment by a tag, or move a tag.",
    remedy: "Repository → Settings → Rules → a ruleset for tags: docs/github.md#rulesets; or name in on.by who may",
  },
  "deployer.ids-absent": {
    severity: "warning",
    meaning:
      "The role that deploys Lockmaster trusts the names of its repository only. GitHub writes ids into the tokens of repositories that were created, renamed or transferred since 15 July 2026, and AWS refuses those.",
    remedy:
      "Set installation.deployer.ids to { owner: <owner>, repository: <repository> }, and deploy Lockmaster once with your own credentials",
  },
  "deployer.ids-different": {
    severity: "error",
    meaning: "The role that deploys Lockmaster trusts another repository's ids: AWS refuses the tokens of this one.",
    remedy:
      "Set installation.deployer.ids to { owner: <owner>, repository: <repository> }, and deploy Lockmaster with your own credentials",
  },
  "deployer.ids-unknown": {
    severity: "warning",
    meaning:
      "GitHub's ids of the repository that deploys Lockmaster cannot be read with these credentials; tokens of newer repositories contain them.",
    remedy: "Run `gh api repos/<repository> --jq '.owner.id, .id'`, and set installation.deployer.ids",
  },
  "webhook.secret-absent": {
    severity: "error",
    meaning:
      "The webhook's secret does not exist in Secrets Manager, or has no value: Lockmaster refuses every delivery.",
    remedy: "Put a long random text into the secret <secret>, and the same text into GitHub's webhook",
  },
  "webhook.absent": {
    severity: "error",
    meaning: "GitHub has no webhook with Lockmaster's URL: pushes start no release.",
    remedy: "Set the URL of the App's webhook, or of a webhook of the repository, to <url>: docs/github.md",
  },
  "webhook.inactive": {
    severity: "error",
    meaning: "The webhook is switched off: pushes start no release.",
    remedy: "Repository → Settings → Webhooks → the webhook → Active",
  },
  "webhook.content-type": {
    severity: "error",
    meaning: "GitHub posts forms, which Lockmaster refuses.",
    remedy: "Choose the content type application/json for the webhook",
  },
  "webhook.unsigned": {
    severity: "error",
    meaning: "The webhook has no secret: GitHub does not sign deliveries, and Lockmaster refuses them.",
    remedy: "Give the webhook the secret that is in <secret>",
  },
  "webhook.events": {
    severity: "error",
    meaning: "The webhook is not subscribed to pushes, which start releases, or to pull requests, which start checks.",
    remedy: "Subscribe the webhook to *Pushes* and *Pull requests*",
  },
  "webhook.insecure": {
    severity: "warning",
    meaning: "GitHub does not verify the certificate of the webhook's URL.",
    remedy: "Enable SSL verification for the webhook",
  },
  "webhook.last-delivery": {
    severity: "warning",
    meaning: "Lockmaster did not accept the last delivery.",
    remedy: "Read the webhook's recent deliveries and the webhook function's log; then press Redeliver",
  },
  "environment.role-denied": {
    severity: "warning",
    meaning:
      "AWS denies these credentials the environment's role, so doctor does not check the environment; Lockmaster's functions may be permitted.",
    remedy:
      "Check that the role's trust policy names Lockmaster's functions (docs/accounts.md); to check the environment, run doctor with credentials that may assume <role>",
  },
  "environment.cluster-absent": {
    severity: "error",
    meaning: "The cluster does not exist or is not active: releases to the environment fail.",
    remedy: "Fix `cluster` in the configuration, or create the cluster; check that account and region are right",
  },
  "environment.alarm-absent": {
    severity: "error",
    meaning: "An alarm of the configuration does not exist: releases to the environment are refused.",
    remedy: "Create the alarm, or delete it from health.alarms",
  },
  "environment.not-covered": {
    severity: "error",
    meaning:
      "A service's task definition or template has a family or a role that Lockmaster has no permission for: each release is refused.",
    remedy: "Set <settings>, and deploy Lockmaster again",
  },
  "environment.logs-not-covered": {
    severity: "warning",
    meaning:
      "Lockmaster is not permitted to read a log group of the containers: the evidence of a failed release lacks the containers' last log lines.",
    remedy: "Set <settings>, and deploy Lockmaster again",
  },
  "environment.schedule-unpinned": {
    severity: "warning",
    meaning:
      "A scheduled task names a service's task definition without a revision: it runs the newest revision that Lockmaster registered, even if it is not proven healthy.",
    remedy: "Give the scheduled task its own family, or name a revision",
  },
  "service.absent": {
    severity: "error",
    meaning: "The service does not exist or is not active: releases to the environment fail.",
    remedy: "Fix `service` in the configuration, or create the service",
  },
  "service.controller": {
    severity: "error",
    meaning: "Another system deploys the service, and ECS refuses Lockmaster's updates: each release is refused.",
    remedy: "Create a new service with the deployment controller ECS; the controller of a service cannot be changed",
  },
  "service.container-absent": {
    severity: "error",
    meaning: "The task definition has no container with a name from the configuration.",
    remedy: "Fix `containers` in the configuration: the task definition has <containers>",
  },
  "service.template-absent": {
    severity: "error",
    meaning:
      "The service's template, a task definition that the configuration names, has no active revision: each release is refused.",
    remedy: "Register it, or fix `template` in the configuration",
  },
  "service.unproven": {
    severity: "warning",
    meaning: "The service's desired count is 0: a release that updates it ends as unproven and cannot be promoted.",
    remedy: "Set the desired count to 1 or more, or remove the service from the configuration",
  },
  "service.breaker-off": {
    severity: "warning",
    meaning:
      "ECS keeps restarting failing tasks: only Lockmaster's deadline ends a bad release, and nothing ends a bad deployment of another system.",
    remedy:
      'aws ecs update-service --cluster <cluster> --service <service> --deployment-configuration \'{"minimumHealthyPercent":<minimum>,"maximumPercent":<maximum>,"deploymentCircuitBreaker":{"enable":true,"rollback":true}}\'',
  },
  "service.deadlocked": {
    severity: "error",
    meaning:
      "ECS can neither start a new task nor stop an old one with the service's settings and the cluster's instances: each release is refused.",
    remedy: "<remedy>",
  },
  "service.scale-to-zero": {
    severity: "error",
    meaning:
      "The service is a daemon, which ECS cannot scale to zero; `firstDeployment` demands this of a failed first deployment: each release is refused.",
    remedy: 'Set `firstDeployment` of the environment to "leave"',
  },
  "service.task-without-connect": {
    severity: "warning",
    meaning:
      "The service uses Service Connect, which ECS does not offer to tasks without a service: a task of `tasks` cannot reach other services by their Service Connect names.",
    remedy: "Give the command of the task the address of a load balancer, or a name in Cloud Map",
  },
  "service.downtime": {
    severity: "warning",
    meaning: "ECS may stop every task before a new one runs: each release can cause an outage.",
    remedy: "Raise minimumHealthyPercent to 100, and maximumPercent to 200",
  },
  "service.health-check-absent": {
    severity: "warning",
    meaning: "Neither a container nor a load balancer checks health: every running task counts as healthy.",
    remedy: "Add `healthCheck` to the container, or name a `health.probe` in the configuration",
  },
  "service.image-absent": {
    severity: "error",
    meaning:
      "The registry no longer has the image that the service runs: ECS cannot start replacement tasks, and a rollback to this image fails.",
    remedy: "Release another commit, and exclude running images from lifecycle rules",
  },
  "service.role-absent": {
    severity: "error",
    meaning: "A role of the task definition does not exist: no task starts.",
    remedy: "Create the role, or name another role in the task definition",
  },
  "service.role-trust": {
    severity: "error",
    meaning: "Tasks cannot assume the role: no task starts.",
    remedy: "Allow ecs-tasks.amazonaws.com to assume the role, in its trust policy",
  },
  "service.secret-absent": {
    severity: "error",
    meaning:
      "A secret or parameter of the task definition does not exist, or is scheduled for deletion: no task starts.",
    remedy: "Create or restore it, or name another one in the task definition",
  },
  "service.plain-text-secret": {
    severity: "warning",
    meaning: "Every identity that may describe task definitions can read the secret, and every revision keeps it.",
    remedy: "Put it into Secrets Manager, name it in `secrets` instead of `environment`, and change its value",
  },
  "image.repository-absent": {
    severity: "error",
    meaning: "The ECR repository does not exist: builds cannot push the image.",
    remedy: "Deploy Lockmaster with this configuration, or fix `repository`",
  },
  "image.tags-mutable": {
    severity: "warning",
    meaning: "A tag can be moved to another image. Releases use digests, but readers of tags are misled.",
    remedy: "aws ecr put-image-tag-mutability --repository-name <repository> --image-tag-mutability IMMUTABLE",
  },
  "image.scan-off": {
    severity: "error",
    meaning:
      "An environment requires a scan, but ECR does not scan the repository: releases wait for the scan and are then refused.",
    remedy:
      "aws ecr put-image-scanning-configuration --repository-name <repository> --image-scanning-configuration scanOnPush=true",
  },
} as const satisfies Record<string, Entry>;

export type ProblemId = keyof typeof catalogue;
