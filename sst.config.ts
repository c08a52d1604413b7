/// <reference path="./.sst/platform/config.d.ts" />

export default $config({
  async app({ stage }) {
    const { appSettings } = await import("./infra/app/configuration.ts");
    const { otherProviders } = await import("./infra/app/providers.ts");
    const { name, tags } = appSettings();
    const production = stage === "production";
    return {
      name,
      home: "aws",
      // Makes `sst remove` refuse: delete this line first if you really want to remove it.
      protect: production,
      removal: production ? "retain" : "remove",
      providers: { aws: { defaultTags: { tags } }, ...otherProviders },
    };
  },
  async run() {
    const { deployedConfiguration } = await import("./infra/app/configuration.ts");
    const { siteOfDeployment } = await import("./infra/app/site.ts");
    const { secrets } = await import("./infra/app/secrets.ts");
    const { registries } = await import("./infra/builds/registries.ts");
    const { functions } = await import("./infra/release/functions.ts");
    const { builds } = await import("./infra/builds/builds.ts");
    const { stateMachine } = await import("./infra/release/state-machine.ts");
    const { ledger } = await import("./infra/app/ledger.ts");
    const { events } = await import("./infra/release/events.ts");
    const { alarms } = await import("./infra/observability/alarms.ts");
    const { dashboard } = await import("./infra/observability/dashboard.ts");
    const { deployer } = await import("./infra/deployer/deployer.ts");
    const { workload } = await import("./infra/workload/workload.ts");

    const configuration = deployedConfiguration();
    const { installation } = configuration;
    const site = await siteOfDeployment(configuration);
    ledger({ site, configuration });
    const secret = secrets({ site });
    registries({ site, configuration });
    const lambda = functions({ site, configuration, secrets: secret });
    const { connection, connectionStatus } = builds({ site, configuration, functions: lambda });
    const machine = stateMachine({ site, installation, functions: lambda });
    events({ site, functions: lambda });
    const alarmTopic = alarms({ site, installation });
    dashboard({ site, configuration });
    const deploying = deployer({ site, configuration });
    const workloadUrls = workload({ site, configuration });

    return {
      webhookUrl: lambda.webhook.url,
      webhookSecret: secret.webhookSecret.arn,
      githubCredentials: secret.githubCredentials.arn,
      stateMachine: machine.arn,
      alarmTopic: alarmTopic.arn,
      deployerRole: deploying?.arn,
      githubConnection: connection,
      // PENDING until an operator approves it: docs/install.md
      githubConnectionStatus: connectionStatus,
      workloadUrls,
    };
  },
});
