import { styleText } from "node:util";
import type { ImagePreview } from "@lockmaster/core/plan/preview-release.ts";
import { prices, releaseCost } from "@lockmaster/core/lib/prices.ts";
import type { Difference } from "../lib/differences.ts";
import { describeFreeze } from "../commands/freeze.ts";
import { textTable } from "../lib/text-table.ts";
import type { Plan, PlannedService } from "./command.ts";
import { describeGates, describeHealth } from "./describe-policy.ts";

/** No colours without a terminal or with NO_COLOR. */
const paint = (style: Parameters<typeof styleText>[0], text: string) =>
  styleText(style, text, { stream: process.stdout });

/** A plan as text. */
export function describePlan(whole: Plan): string {
  const { release, environment, refusal, waiting, plan } = whole;
  const sections = [
    headline(whole),
    ...(refusal === undefined ? [] : [paint("red", `The release would be refused: ${refusal.message}`)]),
    ...(waiting === undefined ? [] : [`The release would wait: ${waiting}.`]),
    ...(plan === undefined ? [] : describeWork(plan, release.sha)),
    section("Gates", [...describeGates(environment), ...waiverLines(plan?.images ?? [])]),
    section("Health", [describeHealth(environment)]),
    section("Queue", describeQueue(whole)),
    section("Configuration", describeConfiguration(whole)),
    "Nothing was changed.",
  ];
  return `${sections.join("\n\n")}\n`;
}

function headline({ release, environment: { cluster, account } }: Plan): string {
  const { kind, environment, repository, sha, ref } = release;
  const verb = kind === "promote" ? "promote" : "release";
  const other =
    account === undefined
      ? ""
      : `${account.region ? ` in ${account.region}` : ""}, reached with the role ${account.role}`;
  return `${paint("bold", `Plan to ${verb} ${sha.slice(0, 12)} (${ref}) to ${environment} of ${repository}`)}\ncluster ${cluster}${other}`;
}

const section = (title: string, lines: readonly string[]): string =>
  [paint("bold", title), ...lines.map((line) => (line === "" ? "" : `  ${line}`))].join("\n");

function describeWork(plan: NonNullable<Plan["plan"]>, sha: string): string[] {
  const { images, services, kept, tasks, promotedFrom } = plan;
  if (images.length === 0) return ["The commit changes no image: nothing would be built or deployed."];
  const source = promotedFrom && `images that release ${promotedFrom.release} verified in ${promotedFrom.environment}`;
  return [
    section("Images", [
      ...(source === undefined ? [] : [source]),
      ...textTable(images.map((image) => imageRow(image, sha))).map((line) => line.slice(2)),
      ...Object.entries(kept).map(([image, digest]) => paint("dim", `${image} unchanged ${shortDigest(digest)}`)),
      ...buildEstimate(images),
    ]),
    ...(tasks.before.length === 0 ? [] : [section("Tasks before the rollout", tasks.before)]),
    section("Services", services.flatMap(serviceLines)),
    ...(tasks.after.length === 0 ? [] : [section("Tasks after the rollout", tasks.after)]),
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

/** Assumes that the next builds take as long as the last ones. */
function buildEstimate(images: readonly ImagePreview[]): string[] {
  const known = images.flatMap(({ lastBuildSeconds }) => lastBuildSeconds ?? []);
  if (known.length === 0) return [];
  const { totalUsd } = releaseCost({
    stateTransitions: 0,
    invocations: [],
    buildMinutes: known.map((seconds) => seconds / 60),
  });
  const minutes = (known.reduce((total, seconds) => total + seconds, 0) / 60).toFixed(1);
  const price = `$${totalUsd.toFixed(4)}, priced per ${prices.buildMinute.unit}`;
  return [paint("dim", `${minutes} minutes of builds if they take as long as the last ones: ${price}`)];
}

const actions = {
  none: "unchanged",
  update: "is updated to a registered revision",
  register: "gets a new revision",
} satisfies Record<PlannedService["action"], string>;

function serviceLines({ service, ecsService, action, runs, family, differences }: PlannedService): string[] {
  const running = runs?.slice(runs.lastIndexOf("/") + 1);
  const name = service === ecsService ? service : `${service} (${ecsService})`;
  return [
    action === "none"
      ? `${name} ${actions.none}: ${running}`
      : `${name} ${actions[action]} of ${family}${running === undefined ? "" : `, after ${running}`}`,
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

/** A waiver that several images share is listed once. */
function waiverLines(images: readonly ImagePreview[]): string[] {
  const waivers = images.flatMap((image) => image.waivers);
  return [...new Set(waivers.map(({ id, owner, until }) => `waived: ${id} until ${until}, owner ${owner}`))];
}

function describeQueue({ queue: { holder, dirty, waiting, freeze }, release: { environment } }: Plan): string[] {
  return [
    holder === undefined
      ? `no release changes ${environment}`
      : `${holder.release} ${dirty ? "changes" : "holds"} ${environment}; the planned release would wait for it before deploying`,
    ...(waiting.length === 0 ? [] : [`waiting: ${waiting.join(", ")}; the newest gets the environment next`]),
    ...(freeze === undefined ? [] : [describeFreeze(freeze)]),
  ];
}

function describeConfiguration({ configuration: { file, hash, installedHash, differences } }: Plan): string[] {
  const short = hash.slice(0, 12);
  if (file === undefined) return [`as installed (${short})`];
  if (installedHash === undefined) return [`${file} (${short}); no configuration is installed`];
  if (hash === installedHash) return [`${file} equals the installed configuration (${short})`];
  return [`${file} (${short}) differs from the installed configuration:`, ...differences.flatMap(differenceLines)];
}
