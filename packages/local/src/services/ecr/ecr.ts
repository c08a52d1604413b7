import {
  GetAuthorizationToken$,
  type GetAuthorizationTokenRequest,
  type GetAuthorizationTokenResponse,
} from "@aws-sdk/client-ecr";
import type { ImageStore } from "../../engines/engine.ts";
import { type LocalService, type Operation, operation } from "../../protocol/service.ts";
import type { World } from "../../world.ts";
import { batchOperations } from "./batches.ts";
import { imageOperations } from "./images.ts";
import { createRegistry } from "./registry.ts";
import { repositoryOperations } from "./repositories.ts";

const tokenLifetimeMs = 12 * 3600 * 1000;

/**
 * The local ECR, and the same registry as engines push to and pull from. Layers cannot be downloaded and images are not
 * scanned.
 */
export function createEcr(world: World): { service: LocalService; images: ImageStore } {
  const registry = createRegistry(world);
  const service: LocalService = {
    name: "ecr",
    targetPrefix: "AmazonEC2ContainerRegistry_V20150921",
    jsonVersion: "1.1",
    validationError: "InvalidParameterException",
    operations: {
      ...repositoryOperations(world, registry),
      ...imageOperations(registry),
      ...batchOperations(registry),
      GetAuthorizationToken: authorization(world),
    },
  };
  return { service, images: registry.store };
}

function authorization(world: World): Operation {
  return operation<GetAuthorizationTokenRequest, GetAuthorizationTokenResponse>(GetAuthorizationToken$, [], () => ({
    authorizationData: [
      {
        authorizationToken: Buffer.from("AWS:local").toString("base64"),
        expiresAt: new Date(world.clock.now() + tokenLifetimeMs),
        proxyEndpoint: `https://${world.accountId}.dkr.ecr.${world.region}.amazonaws.com`,
      },
    ],
  }));
}
