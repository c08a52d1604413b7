/// <reference path="./.sst/platform/config.d.ts" />

export default $config({
  app({ stage }) {
    const production = stage === "production";
    return {
      name: "lockmaster",
      home: "aws",
      protect: production,
      removal: production ? "retain" : "remove",
      providers: { random: "4.19.0" },
    };
  },
  async run() {},
});
