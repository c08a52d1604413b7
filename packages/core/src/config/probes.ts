import { formatPath } from "../lib/parse.ts";
import type { Violation } from "../lib/parse.ts";
import type { RepositoryConfiguration } from "./schema.ts";

/** Probes whose answer would prove nothing; paths begin at the repository. */
export function findProbeProblems({ environments }: RepositoryConfiguration): Violation[] {
  return Object.entries(environments).flatMap(([environment, { health }]) => {
    const { probe } = health;
    if (probe === undefined || !URL.canParse(probe.url)) return [];
    const message = problemOf(new URL(probe.url), probe.plainHttp === true);
    return message === undefined
      ? []
      : [{ path: formatPath(["environments", environment, "health", "probe", "url"]), message }];
  });
}

type Address = Pick<URL, "protocol" | "username" | "password" | "hostname">;

function problemOf(url: Address, isPlainPermitted: boolean): string | undefined {
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return `has the scheme ${url.protocol.slice(0, -1)}: write an address that begins with https://`;
  }
  // The URL is recorded and shown as evidence.
  if (url.username !== "" || url.password !== "")
    return "contains a user name or password, which every reader of the ledger sees: remove it";
  if (isLinkLocal(url.hostname)) return "is an address of the function's own host: write the address of the service";
  if (url.protocol === "http:" && !isPlainPermitted && !isLoopback(url.hostname)) {
    return "begins with http://, whose answer can be forged on its way: write https://, or set plainHttp: true beside it if the service has no certificate";
  }
  return undefined;
}

/** 169.254.0.0/16, fe80::/10 and fd00:ec2::254: there are no services, but metadata and credentials. */
const isLinkLocal = (host: string): boolean => /^169\.254\.|^\[fe[89ab]|^\[fd00:ec2:/i.test(host);

/** Only the local AWS has services there. */
const isLoopback = (host: string): boolean => host === "localhost" || host === "[::1]" || host.startsWith("127.");
