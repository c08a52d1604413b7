import {
  type Availability,
  availabilityOf,
  regionalNeedsOf,
  regionsAsOf,
  serviceNames,
} from "@lockmaster/installation/topology/regions.ts";
import { check } from "../checking/check.ts";
import { problem, problemsOr, type Finding } from "../checking/finding.ts";

type Facts = {
  region: string;
  /** What the configuration needs of the region, by the service's name; `assumed` when `regionOffers` says that it is there. */
  services: Readonly<Record<string, { availability: Availability; assumed: boolean; remedies: readonly string[] }>>;
};

/** Does AWS offer what the configuration needs in Lockmaster's own region? */
export const regionCheck = check("region", "Region", {
  targets: ({ configuration }) => [configuration],
  gather: async ({ home: { region } }, configuration): Promise<Facts> => {
    const { regionOffers } = configuration.installation;
    const services: Record<string, Facts["services"][string]> = {};
    for (const { service, path, remedy } of regionalNeedsOf(configuration)) {
      const name = serviceNames[service];
      const remedies = [...(services[name]?.remedies ?? []), `${path}: ${remedy}`];
      const assumed = regionOffers.includes(service);
      services[name] = { availability: availabilityOf(service, region), assumed, remedies };
    }
    return { region, services };
  },
  judge: judgeRegion,
});

export function judgeRegion({ region, services }: Facts): Finding[] {
  const problems = Object.entries(services).flatMap(([name, { availability, assumed, remedies }]) => {
    const settings = remedies.join("; ");
    if (availability === "unknown") {
      const seen = `it is not known whether ${region} has ${name}: the region is newer than ${regionsAsOf}`;
      return [problem("region.unknown", region, seen, { settings })];
    }
    if (availability === "offered") return [];
    const seen = `${region} does not have ${name}, as of ${regionsAsOf}`;
    return assumed
      ? [problem("region.unknown", region, `${seen}; installation.regionOffers says that it does`, { settings })]
      : [problem("region.service-absent", region, seen, { settings })];
  });
  return problemsOr(problems, "region", region, "AWS offers the services that the configuration needs");
}
