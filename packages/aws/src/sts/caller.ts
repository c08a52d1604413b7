import { GetCallerIdentityCommand, STSClient, type STSClientConfig } from "@aws-sdk/client-sts";
import { required, withTranslatedErrors } from "../lib/errors.ts";

/**
 * ARN of the credentials' principal, from AWS: the operator cannot claim another name.
 *
 * @param config region, credentials and endpoint, in place of those that the SDK finds
 */
export async function callerArn(config: STSClientConfig): Promise<string> {
  const client = new STSClient(config);
  try {
    const call = { action: "sts:GetCallerIdentity", resource: "the credentials" };
    const { Arn } = await withTranslatedErrors(call, () => client.send(new GetCallerIdentityCommand({})));
    return required(Arn, call, "their ARN");
  } finally {
    client.destroy();
  }
}
