/// <reference path="./.sst/platform/config.d.ts" />

export default $config({
  async app({ stage }) {
    const { configuration } = await import("./infra/app/configuration.ts");
    const { name, tags } = configuration.installation;
    const production = stage === "production";
    return {
      name,
      home: "aws",
      // `sst remove` refuses; to mean it, take this out first.
      protect: production,
      removal: production ? "retain" : "remove",
      providers: { aws: { defaultTags: { tags } }, random: "4.19.0" },
    };
  },
  async run() {
    const { configuration } = await import("./infra/app/configuration.ts");
    const { placeOfDeployment } = await import("./infra/app/place.ts");
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

    const { installation } = configuration;
    const place = await placeOfDeployment();
    ledger({ place, configuration });
    const secret = secrets({ place });
    registries({ place, configuration });
    const lambda = functions({ place, configuration, secrets: secret });
    const { connection, connectionStatus } = builds({ place, configuration, functions: lambda });
    const machine = stateMachine({ place, installation, functions: lambda });
    events({ place, functions: lambda });
    const alarmTopic = alarms({ place, installation });
    dashboard({ place, configuration });
    const deploying = deployer({ place, configuration });
    const workloadUrls = workload({ place, configuration });

    return {
      webhookUrl: lambda.webhook.url,
      webhookSecret: secret.webhookSecret.arn,
      githubCredentials: secret.githubCredentials.arn,
      stateMachine: machine.arn,
      alarmTopic: alarmTopic.arn,
      deployerRole: deploying?.arn,
      githubConnection: connection,
      // PENDING until somebody has approved it: docs/install.md
      githubConnectionStatus: connectionStatus,
      workloadUrls,
    };
  },
});
