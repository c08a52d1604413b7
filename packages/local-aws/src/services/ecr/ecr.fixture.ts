import { createHash } from "node:crypto";
import { CreateRepositoryCommand, ECRClient, type ImageTagMutability } from "@aws-sdk/client-ecr";
import * as v from "valibot";
import { onTestFinished } from "vitest";
import type { ImageStore, StoredImage } from "../../engines/engine.ts";
import { type SimulatedImage, simulatedImage } from "../../engines/simulated/image.ts";
import { simulatedScans } from "../../engines/simulated/scans.ts";
import { Scenario, type ScenarioInput } from "../../scenario/scenario.ts";
import { startWire } from "../../protocol/wire.fixture.ts";
import { type VirtualClock, virtualClock } from "../../clock/virtual-clock.ts";
import type { ServiceEvent } from "../../world/world.ts";
import { createEcr } from "./ecr.ts";

export const accountId = "111122223333";
export const repositoryName = "shop/backend";
export type EcrWorld = { ecr: ECRClient; images: ImageStore; clock: VirtualClock; events: ServiceEvent[] };

/** ECR behind an HTTP server, with one repository. */
export async function startEcr(
  imageTagMutability: ImageTagMutability = "IMMUTABLE",
  scans: ScenarioInput["scans"] = [],
): Promise<EcrWorld> {
  const clock = virtualClock();
  const events: ServiceEvent[] = [];
  const { service, images } = createEcr(
    {
      clock,
      region: "us-east-1",
      accountId,
      random: () => 0.5,
      emit: (event) => events.push(event),
      invoke: () => Promise.reject(new Error("This test registers no functions")),
      log: () => undefined,
    },
    () => wire.endpoint,
    simulatedScans(v.parse(Scenario, { scans }).scans),
  );
  const wire = await startWire({ services: [service] }, clock);
  const ecr = new ECRClient(wire.client);
  onTestFinished(() => ecr.destroy());
  await ecr.send(new CreateRepositoryCommand({ repositoryName, imageTagMutability }));
  return { ecr, images, clock, events };
}

/** The content that a push uploads. Each salt gives a different image. */
export function image(salt: string): SimulatedImage {
  const created = new Date("2026-01-05T09:00:00Z");
  return simulatedImage({ revision: "0".repeat(40), created, sizeBytes: 48_000_000, salt });
}

export function push(world: EcrWorld, tag: string, salt = tag): StoredImage {
  return world.images.push({ repository: repositoryName, tags: [tag], ...image(salt) });
}

export const sha256 = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;
