import { expect, test } from "vitest";
import { largeConfiguration } from "../permissions/large-configuration.fixture.ts";
import { requireScannable } from "./scanning.ts";

const site = { partition: "aws", region: "eu-central-1", account: "111122223333", prefix: "lockmaster-production" };
const withImages = (repositories: number, scanning: "enhanced" | "registry") =>
  largeConfiguration({ repositories, images: 2, services: 2, installation: { scanning } });

test("enhanced scanning of more repositories than one rule can name is refused before the deployment", () => {
  expect(() => requireScannable(withImages(50, "enhanced"), site)).not.toThrow();
  expect(() => requireScannable(withImages(51, "registry"), site)).not.toThrow();
  expect(() => requireScannable(withImages(51, "enhanced"), site)).toThrow(
    /ECR permits 100; there are 102\. Set "registry"/,
  );
});
