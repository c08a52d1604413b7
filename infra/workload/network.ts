import { createHash } from "node:crypto";
import type { Installation } from "@lockmaster/core/config/installation.ts";
import type { Workload, WorkloadEnvironment } from "@lockmaster/core/config/workload.ts";
import { namesOf, type InstallationSite } from "@lockmaster/installation/topology/names.ts";
import { serviceRole } from "../app/role.ts";

export type Network = {
  vpc: sst.aws.Vpc;
  /** For tasks. */
  subnets: $util.Input<$util.Input<string>[]>;
  /** Tasks need addresses of their own to reach the internet. */
  assignPublicIp: boolean;
};

/** A network with public subnets, for load balancers, and private ones for tasks where something leads out of them. */
export function network(place: InstallationSite, installation: Installation, { network: wanted }: Workload): Network {
  const { availabilityZones, nat } = wanted;
  const vpc = new sst.aws.Vpc("Network", {
    az: availabilityZones,
    nat: natOf(place, installation, nat),
    transform: {
      natInstance: (_args, options) => {
        // SST looks for the newest image with every deployment, and another one replaces the instances: docs/upgrade.md.
        options.ignoreChanges = ["ami"];
      },
    },
  });
  return { vpc, subnets: nat === "none" ? vpc.publicSubnets : vpc.privateSubnets, assignPublicIp: nat === "none" };
}

function natOf(
  place: InstallationSite,
  installation: Installation,
  nat: Workload["network"]["nat"],
): sst.aws.VpcArgs["nat"] {
  if (nat === "none") return undefined;
  if (nat === "gateway") return "managed";
  // Not SST's own role: that one lets Systems Manager in, and knows no permissions boundary. Who forwards packets needs neither.
  const role = serviceRole("NetworkNatRole", installation, {
    name: namesOf(place.prefix).natRole,
    service: "ec2.amazonaws.com",
    statements: [],
  });
  return { ec2: { instance: "t4g.nano", role: role.name } };
}

export type Balancer = {
  balancer: aws.lb.LoadBalancer;
  /** The one that requests are answered by. */
  listener: aws.lb.Listener;
  securityGroup: aws.ec2.SecurityGroup;
  url: $util.Output<string>;
};

const anywhere = { cidrBlocks: ["0.0.0.0/0"] };

/** A load balancer that sends on what a route takes, and answers 404 to the rest; with a certificate, over HTTPS alone. */
export function loadBalancer(name: string, { vpc }: Network, settings: WorkloadEnvironment): Balancer {
  const { certificate, public: isPublic } = settings;
  const ports = certificate === undefined ? [80] : [80, 443];
  const securityGroup = new aws.ec2.SecurityGroup(`${name}-balancer`, {
    name: `${name}-balancer`,
    description: "Load balancer: who may connect",
    vpcId: vpc.id,
    ingress: ports.map((port) => ({
      protocol: "tcp",
      fromPort: port,
      toPort: port,
      ...(isPublic ? anywhere : { cidrBlocks: [vpc.nodes.vpc.cidrBlock] }),
    })),
    egress: [{ protocol: "-1", fromPort: 0, toPort: 0, ...anywhere }],
  });
  const balancer = new aws.lb.LoadBalancer(`${name}-balancer`, {
    name: balancerName(name),
    loadBalancerType: "application",
    internal: !isPublic,
    subnets: isPublic ? vpc.publicSubnets : vpc.privateSubnets,
    securityGroups: [securityGroup.id],
    dropInvalidHeaderFields: true,
    enableDeletionProtection: $app.protect,
  });
  return {
    balancer,
    listener: listenOn(name, balancer, certificate),
    securityGroup,
    url: urlOf(balancer, certificate),
  };
}

/**
 * At most 32 letters, digits and hyphens, which no other load balancer of the account has.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
 */
function balancerName(name: string): string {
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `${name.replaceAll(/[^0-9A-Za-z-]/g, "-").slice(0, 32 - hash.length - "-".length)}-${hash}`;
}

const urlOf = (balancer: aws.lb.LoadBalancer, certificate: string | undefined) =>
  $interpolate`${certificate === undefined ? "http" : "https"}://${balancer.dnsName}`;

function listenOn(name: string, balancer: aws.lb.LoadBalancer, certificate: string | undefined): aws.lb.Listener {
  const loadBalancerArn = balancer.arn;
  const nobody = {
    type: "fixed-response",
    fixedResponse: { contentType: "text/plain", messageBody: "Nothing is here.", statusCode: "404" },
  };
  if (certificate === undefined) {
    return new aws.lb.Listener(`${name}-http`, {
      loadBalancerArn,
      port: 80,
      protocol: "HTTP",
      defaultActions: [nobody],
    });
  }
  new aws.lb.Listener(`${name}-http`, {
    loadBalancerArn,
    port: 80,
    protocol: "HTTP",
    defaultActions: [{ type: "redirect", redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" } }],
  });
  return new aws.lb.Listener(`${name}-https`, {
    loadBalancerArn,
    port: 443,
    protocol: "HTTPS",
    certificateArn: certificate,
    // docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
    sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
    defaultActions: [nobody],
  });
}
