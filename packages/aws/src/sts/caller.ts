import { GetCallerIdentityCommand, STSClient, type STSClientConfig } from "@aws-sdk/client-sts";
import { withTranslatedErrors } from "../lib/errors.ts";

/**
 * ARN of whoever the credentials belong to, as AWS knows them: an operator's name is never taken on trust.
 *
 * @param config region, credentials and endpoint, where they are not the ones that the SDK finds
 */
export async function callerArn(config: STSClientConfig): Promise<string> {
  const client = new STSClient(config);
  try {
    const call = { action: "sts:GetCallerIdentity", resource: "the credentials" };
    const { Arn } = await withTranslatedErrors(call, () => client.send(new GetCallerIdentityCommand({})));
    if (Arn === undefined) throw new Error("AWS does not say whose credentials these are");
    return Arn;
  } finally {
    client.destroy();
  }
}
