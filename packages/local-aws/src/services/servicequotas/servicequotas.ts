import {
  ListServiceQuotas$,
  type ListServiceQuotasRequest,
  type ListServiceQuotasResponse,
  type ServiceQuota,
} from "@aws-sdk/client-service-quotas";
import type { Constraints } from "../../protocol/constraints.ts";
import { AwsError, notInLocalAws } from "../../protocol/errors.ts";
import { type LocalService, operation, type Parsed } from "../../protocol/service.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import type { World } from "../../world/world.ts";
import { paginate } from "../../protocol/pagination.ts";

type Quota = { service: string; name: string; code?: string; value: number };

/**
 * The quotas of an account that has been in use for a while; a scenario can change them. With codes where they are known.
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/limits.html for the names
 */
const defaults: readonly Quota[] = [
  ...["ARM/Small", "ARM/Large", "Linux/Small", "Linux/Medium", "Linux/Large"].map((size) => ({
    service: "codebuild",
    name: `Concurrently running builds for ${size} environment`,
    value: 20,
  })),
  { service: "lambda", name: "Concurrent executions", code: "L-B99A9384", value: 1000 },
  { service: "fargate", name: "Fargate On-Demand vCPU resource count", code: "L-3032A538", value: 6 },
];

const maxListed = 100;

/** https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html */
const serviceQuotasConstraints: Constraints = {
  ListServiceQuotasRequest: {
    ServiceCode: { length: [1, 63], pattern: /[a-zA-Z][a-zA-Z0-9-]{1,63}/ },
    MaxResults: { range: [1, 100], integer: true },
    NextToken: { length: [0, 2048], pattern: /[a-zA-Z0-9/+]*={0,2}/ },
  },
};

/** Service Quotas: the quotas of CodeBuild, Lambda and Fargate that limit concurrent work. */
export function createServiceQuotas(
  world: Pick<World, "region" | "accountId">,
  { quotas }: Pick<Scenario, "quotas">,
): { service: LocalService } {
  function list(input: Parsed<ListServiceQuotasRequest>): ListServiceQuotasResponse {
    const { ServiceCode, MaxResults: size = maxListed, NextToken: nextToken } = input;
    const known = defaults.filter(({ service }) => service === ServiceCode);
    if (known.length === 0) throw notInLocalAws(`quotas of the service '${ServiceCode}'`);
    const invalidToken = new AwsError("InvalidPaginationTokenException", "Invalid pagination token");
    const { items, nextToken: next } = paginate(known, { size, nextToken, invalidToken });
    return { Quotas: items.map(describe), NextToken: next };
  }

  function describe({ service, name, code, value }: Quota): ServiceQuota {
    const own = quotas.find((quota) => quota.service === service && quota.name === name);
    return {
      ServiceCode: service,
      QuotaName: name,
      ...(code !== undefined && {
        QuotaCode: code,
        QuotaArn: `arn:aws:servicequotas:${world.region}:${world.accountId}:${service}/${code}`,
      }),
      Value: own?.value ?? value,
      Unit: "None",
      Adjustable: true,
      GlobalQuota: false,
    };
  }

  return {
    service: {
      name: "servicequotas",
      api: {
        protocol: "json",
        targetPrefix: "ServiceQuotasV20190624",
        jsonVersion: "1.1",
        constraints: serviceQuotasConstraints,
        operations: {
          ListServiceQuotas: operation<ListServiceQuotasRequest, ListServiceQuotasResponse>(
            ListServiceQuotas$,
            ["ServiceCode", "MaxResults", "NextToken"],
            list,
          ),
        },
      },
      access: { prefix: "servicequotas", operations: { ListServiceQuotas: { on: "*" } } },
    },
  };
}
