/** A task's network interface and availability zone. */
import { createHash } from "node:crypto";
import type { Attachment, NetworkInterface } from "@aws-sdk/client-ecs";
import type { TaskRecord } from "./state.ts";

const zones = ["a", "b", "c"];

/**
 * The zone of the task's subnet, of which each is in another zone; without a subnet, that of its container instance.
 *
 * @returns such as `us-east-1b`
 */
export function availabilityZone(task: TaskRecord): string {
  const [, , , region = ""] = task.arn.split(":");
  const { subnets } = task;
  const place =
    subnets.length > 0 ? subnets.indexOf(subnetOf(task)) : digitsOf(task.options.containerInstanceArn ?? "")[0];
  return `${region}${zones[(place ?? 0) % zones.length]}`;
}

/**
 * The network interface of a task with the network mode awsvpc: known by its subnet at first, attached once the task is
 * PENDING, and deleted with the task.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Attachment.html
 */
export function attachmentsOf(task: TaskRecord): Attachment[] {
  if (task.definition.networkMode !== "awsvpc" || task.subnets.length === 0) return [];
  const [, , , region = ""] = task.arn.split(":");
  const address = addressOf(task);
  const hex = hexOf(task);
  const details = [
    { name: "subnetId", value: subnetOf(task) },
    ...(isAttached(task)
      ? [
          { name: "networkInterfaceId", value: `eni-0${hex.slice(0, 16)}` },
          { name: "macAddress", value: `0e:${(hex.slice(16, 26).match(/../g) ?? []).join(":")}` },
          { name: "privateDnsName", value: `ip-${address.replaceAll(".", "-")}.${dnsSuffix(region)}` },
          { name: "privateIPv4Address", value: address },
        ]
      : []),
  ];
  return [{ id: attachmentId(task), type: "ElasticNetworkInterface", status: attachmentStatus(task), details }];
}

/** The interface as its containers show it; none before it is attached. */
export function networkInterfacesOf(task: TaskRecord): NetworkInterface[] {
  if (attachmentsOf(task).length === 0 || !isAttached(task)) return [];
  return [{ attachmentId: attachmentId(task), privateIpv4Address: addressOf(task) }];
}

function attachmentStatus({ status }: TaskRecord): string {
  if (status === "PROVISIONING") return "PRECREATED";
  return status === "STOPPED" ? "DELETED" : "ATTACHED";
}

/** A task that was stopped in PROVISIONING never had an interface. */
const isAttached = ({ times }: TaskRecord) => times.connectivityAt !== undefined;

const subnetOf = ({ subnets, id }: TaskRecord): string => subnets[(digitsOf(id)[0] ?? 0) % subnets.length] ?? "";

function addressOf({ id }: TaskRecord): string {
  const [, second = 0, third = 0] = digitsOf(id);
  return `10.0.${second}.${4 + (third % 250)}`;
}

function attachmentId(task: TaskRecord): string {
  const hex = hexOf(task);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}

/** Region us-east-1 has a suffix of its own. */
const dnsSuffix = (region: string): string => (region === "us-east-1" ? "ec2.internal" : `${region}.compute.internal`);

const hexOf = ({ id }: TaskRecord): string => createHash("sha256").update(id).digest("hex");

const digitsOf = (text: string): readonly number[] => [...createHash("sha256").update(text).digest()];
