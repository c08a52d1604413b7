import type { Installation } from "@lockmaster/core/config/installation.ts";
import type { Workload, WorkloadEnvironment } from "@lockmaster/core/config/workload.ts";
import { namesOf, type InstallationSite } from "@lockmaster/installation/topology/names.ts";
import { shortName } from "@lockmaster/installation/topology/short-name.ts";
import { inlineOnly, serviceRole } from "../app/role.ts";

export type Network = {
  vpc: sst.aws.Vpc;
  /** Subnets of tasks. */
  subnets: $util.Input<$util.Input<string>[]>;
  /** Whether tasks need public addresses to reach the internet. */
  assignPublicIp: boolean;
};

/** A network with public subnets for load balancers, and private ones for tasks if there is a NAT. */
export function network(site: InstallationSite, installation: Installation, { network: wanted }: Workload): Network {
  const { availabilityZones, nat } = wanted;
  const vpc = new sst.aws.Vpc("Network", {
    az: availabilityZones,
    nat: natOf(site, installation, nat),
    transform: {
      natInstance: (_args, options) => {
        // SST uses the newest image at every deployment, and a new image replaces the instances: docs/upgrade.md.
        options.ignoreChanges = ["ami"];
      },
    },
  });
  return { vpc, subnets: nat === "none" ? vpc.publicSubnets : vpc.privateSubnets, assignPublicIp: nat === "none" };
}

function natOf(
  site: InstallationSite,
  installation: Installation,
  nat: Workload["network"]["nat"],
): sst.aws.VpcArgs["nat"] {
  if (nat === "none") return undefined;
  if (nat === "gateway") return "managed";
  // Not SST's default role, which allows Systems Manager and has no permissions boundary. A NAT instance needs no permissions.
  const role = serviceRole("NetworkNatRole", installation, {
    name: namesOf(site.prefix).natRole,
    service: "ec2.amazonaws.com",
    policies: inlineOnly([]),
  });
  return { ec2: { instance: "t4g.nano", role: role.name } };
}

export type Balancer = {
  balancer: aws.lb.LoadBalancer;
  /** The listener that answers requests. */
  listener: aws.lb.Listener;
  securityGroup: aws.ec2.SecurityGroup;
  url: $util.Output<string>;
};

const anywhere = { cidrBlocks: ["0.0.0.0/0"] };

/** A load balancer that forwards the routes' requests and answers 404 to all others; with a certificate, HTTPS only. */
export function loadBalancer(name: string, { vpc }: Network, settings: WorkloadEnvironment): Balancer {
  const { certificate, public: isPublic } = settings;
  const ports = certificate === undefined ? [80] : [80, 443];
  const securityGroup = new aws.ec2.SecurityGroup(`${name}-balancer`, {
    name: `${name}-balancer`,
    description: "Load balancer: inbound connections",
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
    // At most 32 letters, digits and hyphens: docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    name: shortName(name, [name], 32),
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

const urlOf = (balancer: aws.lb.LoadBalancer, certificate: string | undefined) =>
  $interpolate`${certificate === undefined ? "http" : "https"}://${balancer.dnsName}`;

function listenOn(name: string, balancer: aws.lb.LoadBalancer, certificate: string | undefined): aws.lb.Listener {
  const loadBalancerArn = balancer.arn;
  const notFound = {
    type: "fixed-response",
    fixedResponse: { contentType: "text/plain", messageBody: "Not found.", statusCode: "404" },
  };
  if (certificate === undefined) {
    return new aws.lb.Listener(`${name}-http`, {
      loadBalancerArn,
      port: 80,
      protocol: "HTTP",
      defaultActions: [notFound],
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
    defaultActions: [notFound],
  });
}
