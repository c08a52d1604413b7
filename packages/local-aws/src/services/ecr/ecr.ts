import {
  GetAuthorizationToken$,
  type GetAuthorizationTokenRequest,
  type GetAuthorizationTokenResponse,
} from "@aws-sdk/client-ecr";
import type { ImageStore, ScanEngine } from "../../engines/engine.ts";
import { type LocalService, type Operation, operation } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";
import { ecrAccess } from "./access.ts";
import { batchOperations } from "./batches.ts";
import { ecrConstraints, refuseInEcr } from "./constraints.ts";
import { imageOperations } from "./images.ts";
import { layerDownloads, layerPath } from "./layers.ts";
import { createRegistry } from "./registry.ts";
import { repositoryOperations } from "./repositories.ts";
import { createScanner } from "./scanner.ts";
import { scanOperations, scanSummary } from "./scans.ts";

const tokenLifetimeMs = 12 * 3600 * 1000;

/**
 * The local ECR, with layer downloads. Engines push to and pull from the same registry.
 *
 * @param endpoint URL of the local AWS
 */
export function createEcr(
  world: World,
  endpoint: () => string,
  scans: ScanEngine,
): { service: LocalService; images: ImageStore } {
  const registry = createRegistry(world);
  const scanner = createScanner(world, registry, scans);
  const layers = layerDownloads(world, registry, endpoint);
  const service: LocalService = {
    name: "ecr",
    api: {
      protocol: "json",
      targetPrefix: "AmazonEC2ContainerRegistry_V20150921",
      jsonVersion: "1.1",
      constraints: ecrConstraints,
      refuse: refuseInEcr,
      operations: {
        ...repositoryOperations(world, registry),
        ...imageOperations(registry, (image) => scanSummary(scanner.find(image), world.clock.now())),
        ...batchOperations(world, registry),
        ...layers.operations,
        ...scanOperations(world, registry, scanner),
        GetAuthorizationToken: authorization(world),
      },
    },
    access: ecrAccess,
    routes: { [layerPath]: layers.route },
  };
  return { service, images: registry.store };
}

function authorization(world: World): Operation {
  return operation<GetAuthorizationTokenRequest, GetAuthorizationTokenResponse>(
    GetAuthorizationToken$,
    ["registryIds"],
    ({ registryIds = [world.accountId] }) => ({
      authorizationData: registryIds.map((registryId) => ({
        authorizationToken: Buffer.from("AWS:local").toString("base64"),
        expiresAt: new Date(world.clock.now() + tokenLifetimeMs),
        proxyEndpoint: `https://${registryId}.dkr.ecr.${world.region}.amazonaws.com`,
      })),
    }),
  );
}
