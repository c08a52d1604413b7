// Prints trust policy and policies of the roles that lockmaster.config.ts names for environments in other accounts or regions.
import { parseArgs } from "node:util";
import { installedFile, readConfigurationFile } from "@lockmaster/cli/lib/configuration-file.ts";
import {
  environmentRolePolicies,
  environmentRoleTrust,
} from "@lockmaster/installation/permissions/environment-role.ts";
import { environmentRolesOf } from "@lockmaster/installation/permissions/policy.ts";

const usage = "Usage: npm run -s environment-role -- --account 111122223333 --region eu-central-1 --stage production";

const { values } = parseArgs({
  options: { account: { type: "string" }, region: { type: "string" }, stage: { type: "string" } },
});
const { account, region, stage } = values;
const configuration = await readConfigurationFile(installedFile());
const roles = environmentRolesOf(configuration);
if (account === undefined || region === undefined || stage === undefined) {
  console.error(usage);
  process.exitCode = 2;
} else if (roles.length === 0) {
  console.error("No environment of lockmaster.config.ts has an `account`, so no role is needed.");
  process.exitCode = 1;
} else {
  const prefix = `${configuration.installation.name}-${stage}`;
  for (const role of roles) {
    const [, partition = "aws"] = role.split(":");
    const scope = { partition, region, account, prefix, configuration };
    const { policy, managed } = environmentRolePolicies(scope, role);
    const trust = environmentRoleTrust(scope, role);
    const printed = { role, trust, policy, ...(managed.length > 0 && { managedPolicies: managed }) };
    console.log(JSON.stringify(printed, undefined, 2));
  }
}
