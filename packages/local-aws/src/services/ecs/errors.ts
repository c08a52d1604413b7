/** ECS's errors, with ECS's messages. */
import { AwsError } from "../../protocol/errors.ts";

export const clusterNotFound = () => new AwsError("ClusterNotFoundException", "Cluster not found.");
export const serviceNotFound = () => new AwsError("ServiceNotFoundException", "Service not found.");
export const serviceNotActive = () => new AwsError("ServiceNotActiveException", "Service was not ACTIVE.");
export const serviceDeploymentNotFound = () =>
  new AwsError("ServiceDeploymentNotFoundException", "Service deployment not found.");
export const clientError = (message: string) => new AwsError("ClientException", message);
export const invalidParameter = (message: string) => new AwsError("InvalidParameterException", message);
export const daemonRefuses = (what: string) =>
  invalidParameter(`The daemon scheduling strategy does not support ${what}`);
export const conflict = (message: string, resourceIds: readonly string[]) =>
  new AwsError("ConflictException", message, 400, { resourceIds });
export const platformUnknown = () => new AwsError("PlatformUnknownException", "The specified platform does not exist.");
