import { BlockList, isIP } from "node:net";
import { invalidPattern } from "./errors.ts";

type Test = (value: unknown) => boolean;

/**
 * Matches the addresses from the one before the slash to the last one of its network.
 *
 * @throws AwsError InvalidEventPatternException
 */
export function cidr(operand: unknown): Test {
  if (typeof operand !== "string") throw invalidPattern("prefix match pattern must be a string");
  const [address = "", bits, ...more] = operand.split("/");
  if (bits === undefined || more.length > 0) throw invalidPattern("Malformed CIDR, one '/' required");
  if (!/^-?\d+$/.test(bits)) throw invalidPattern("Malformed CIDR, mask bits must be an integer");
  const mask = Number(bits);
  if (mask < 0) throw invalidPattern("Malformed CIDR, mask bits must not be negative");
  const version = isIP(address);
  if (version === 0) throw invalidPattern(`Nonstandard IP address: ${address}`);
  const largest = version === 4 ? 31 : 127;
  if (mask > largest) throw invalidPattern(`IPv${version} mask bits must be < ${largest + 1}`);
  const family = version === 4 ? "ipv4" : "ipv6";
  const network = new BlockList();
  network.addSubnet(address, mask, family);
  const fromAddress = new BlockList();
  fromAddress.addRange(address, lastAddress[family], family);
  return (value) =>
    typeof value === "string" &&
    isIP(value) === version &&
    network.check(value, family) &&
    fromAddress.check(value, family);
}

const lastAddress = { ipv4: "255.255.255.255", ipv6: "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" } as const;

/** Matches the same IP address in any of its spellings; undefined for other texts. */
export function sameAddress(expected: string): Test | undefined {
  const version = isIP(expected);
  if (version === 0) return undefined;
  const family = version === 4 ? "ipv4" : "ipv6";
  const only = new BlockList();
  only.addAddress(expected, family);
  return (value) => typeof value === "string" && isIP(value) === version && only.check(value, family);
}
