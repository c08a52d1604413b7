import type { Check } from "./checking/check.ts";
import { configurationCheck } from "./checks/configuration.ts";
import { connectionCheck } from "./checks/connection.ts";
import { coverageCheck } from "./checks/coverage.ts";
import { environmentCheck } from "./checks/environment.ts";
import { githubCheck } from "./checks/github.ts";
import { imagesCheck } from "./checks/images.ts";
import { installationCheck, projectsCheck } from "./checks/installation.ts";
import { policiesCheck } from "./checks/policies.ts";
import { buildQuotaCheck, fargateQuotaCheck, lambdaQuotaCheck } from "./checks/quotas.ts";
import { regionCheck } from "./checks/region.ts";
import { deployerCheck, repositoriesCheck } from "./checks/repositories.ts";
import { rolesCheck } from "./checks/roles.ts";
import { schedulesCheck } from "./checks/schedules.ts";
import { serviceCheck } from "./checks/service.ts";
import { plainTextCheck, taskSecretsCheck } from "./checks/task-secrets.ts";

/** All checks, in the order of the report. */
export const checks: readonly Check[] = [
  configurationCheck,
  regionCheck,
  installationCheck,
  projectsCheck,
  connectionCheck,
  githubCheck,
  repositoriesCheck,
  deployerCheck,
  buildQuotaCheck,
  lambdaQuotaCheck,
  fargateQuotaCheck,
  policiesCheck,
  imagesCheck,
  environmentCheck,
  serviceCheck,
  coverageCheck,
  rolesCheck,
  taskSecretsCheck,
  plainTextCheck,
  schedulesCheck,
];
