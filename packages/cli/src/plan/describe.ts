import { styleText } from "node:util";
import type { ImagePreview } from "@lockmaster/core/plan/preview-release.ts";
import { prices, releaseCost } from "@lockmaster/core/lib/prices.ts";
import type { Difference } from "../lib/differences.ts";
import { describeFreeze } from "../commands/freeze.ts";
import { textTable } from "../lib/text-table.ts";
import type { Plan, PlannedService } from "./command.ts";
import { describeGates, describeHealth } from "./describe-policy.ts";

/** Without a terminal, or with NO_COLOR, text stays as it is. */
const paint = (style: Parameters<typeof styleText>[0], text: string) =>
  styleText(style, text, { stream: process.stdout });

/** A plan for people. */
export function describePlan(told: Plan): string {
  const { release, environment, refusal, waiting, plan } = told;
  const sections = [
    headline(told),
    ...(refusal === undefined ? [] : [paint("red", `It would be refused: ${refusal.message}`)]),
    ...(waiting === undefined ? [] : [`It would wait: ${waiting}.`]),
    ...(plan === undefined ? [] : describeWork(plan, release.sha)),
    section("Gates", [...describeGates(environment), ...waiverLines(plan?.images ?? [])]),
    section("Health", [describeHealth(environment)]),
    section("Queue", describeQueue(told)),
    section("Configuration", describeConfiguration(told)),
    "Nothing was changed.",
  ];
  return `${sections.join("\n\n")}\n`;
}

function headline({ release, environment: { cluster, account } }: Plan): string {
  const { kind, environment, repository, sha, ref } = release;
  const verb = kind === "promote" ? "promote" : "release";
  const elsewhere = account === undefined ? "" : `, by ${account.role}${account.region ? ` in ${account.region}` : ""}`;
  return `${paint("bold", `To ${verb} ${sha.slice(0, 12)} (${ref}) to ${environment} of ${repository}`)}\ncluster ${cluster}${elsewhere}`;
}

const section = (title: string, lines: readonly string[]): string =>
  [paint("bold", title), ...lines.map((line) => (line === "" ? "" : `  ${line}`))].join("\n");

function describeWork(plan: NonNullable<Plan["plan"]>, sha: string): string[] {
  const { images, services, kept, tasks, promotedFrom } = plan;
  if (images.length === 0) return ["The commit changes no image: nothing would be built or deployed."];
  const source = promotedFrom && `what ${promotedFrom.release} verified in ${promotedFrom.environment}`;
  return [
    section("Images", [
      ...(source === undefined ? [] : [source]),
      ...textTable(images.map((image) => imageRow(image, sha))).map((line) => line.slice(2)),
      ...Object.entries(kept).map(([image, digest]) => paint("dim", `${image} stays ${shortDigest(digest)}`)),
      ...buildEstimate(images),
    ]),
    ...(tasks.before.length === 0 ? [] : [section("Tasks before", tasks.before)]),
    section("Services", services.flatMap(serviceLines)),
    ...(tasks.after.length === 0 ? [] : [section("Tasks after", tasks.after)]),
  ];
}

const origins = {
  build: "is built",
  join: "is being built",
  reuse: "was built before",
  promote: "was verified",
} satisfies Record<ImagePreview["from"], string>;

const imageRow = ({ image, from, digest, reason }: ImagePreview, sha: string): string[] => [
  image,
  origins[from],
  digest === undefined ? `from ${sha.slice(0, 7)}` : shortDigest(digest),
  reason ?? "",
];

const shortDigest = (digest: string): string => digest.slice(0, "sha256:".length + 12);

/** What the last builds took is the best guess of what the next ones take. */
function buildEstimate(images: readonly ImagePreview[]): string[] {
  const known = images.flatMap(({ lastBuildSeconds }) => lastBuildSeconds ?? []);
  if (known.length === 0) return [];
  const { totalUsd } = releaseCost({
    stateTransitions: 0,
    invocations: [],
    buildMinutes: known.map((seconds) => seconds / 60),
  });
  const minutes = (known.reduce((total, seconds) => total + seconds, 0) / 60).toFixed(1);
  const price = `$${totalUsd.toFixed(4)} by the ${prices.buildMinute.unit}`;
  return [paint("dim", `${minutes} minutes of builds, if they take as long as the last ones: ${price}`)];
}

const actions = {
  none: "runs this already",
  update: "is set to a revision that is registered already",
  register: "gets a new revision",
} satisfies Record<PlannedService["action"], string>;

function serviceLines({ service, ecsService, action, runs, family, differences }: PlannedService): string[] {
  const revision = runs === undefined ? "" : ` ${runs.slice(runs.lastIndexOf("/") + 1)}`;
  const name = service === ecsService ? service : `${service} (${ecsService})`;
  return [
    `${name} ${actions[action]}${action === "register" ? ` of ${family}, after${revision}` : revision === "" ? "" : `:${revision}`}`,
    ...differences.flatMap(differenceLines).map((line) => `  ${line}`),
  ];
}

function differenceLines({ path, from, to }: Difference): string[] {
  return [
    path,
    ...(from === undefined ? [] : [paint("red", `- ${textOf(from)}`)]),
    ...(to === undefined ? [] : [paint("green", `+ ${textOf(to)}`)]),
  ];
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** A waiver that several images share is told once. */
function waiverLines(images: readonly ImagePreview[]): string[] {
  const waivers = images.flatMap((image) => image.waivers);
  return [...new Set(waivers.map(({ id, owner, until }) => `waived ${id} until ${until}, by ${owner}`))];
}

function describeQueue({ queue: { holder, dirty, waiting, freeze }, release: { environment } }: Plan): string[] {
  return [
    holder === undefined
      ? `nobody changes ${environment}`
      : `${holder.release} ${dirty ? "changes" : "holds"} ${environment}: a release waits for it before it deploys`,
    ...(waiting.length === 0 ? [] : [`waiting: ${waiting.join(", ")}; the one that was asked for last goes on`]),
    ...(freeze === undefined ? [] : [describeFreeze(freeze)]),
  ];
}

function describeConfiguration({ configuration: { file, hash, installedHash, differences } }: Plan): string[] {
  const short = hash.slice(0, 12);
  if (file === undefined) return [`as installed (${short})`];
  if (installedHash === undefined) return [`${file} (${short}); none is installed`];
  if (hash === installedHash) return [`${file} says what is installed (${short})`];
  return [`${file} (${short}) differs from what is installed:`, ...differences.flatMap(differenceLines)];
}
