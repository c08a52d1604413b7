import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { RepositoryConfiguration } from "@lockmaster/core/config/schema.ts";
import { type Mainline, mainlinesOf, tagOf } from "../deliveries/mainline.ts";
import type { Story, StoryPart } from "./story.ts";

/** A part of the story that the configuration has no use for. */
export type LeftOut = { title: string; reason: string };

type Fitted = Pick<Story, "tasks" | "scans" | "builds" | "story"> & { leftOut: readonly LeftOut[] };

/** The names in the shipped scenarios: those of the demonstration. */
const demonstration = {
  branch: "main",
  environment: "staging",
  production: "production",
  tag: "v1.0.0",
  image: "backend",
  ecrRepository: "shop/backend",
  service: "backend",
  container: "api",
} as const;

/** More findings than a reader of the story reads. */
const mostFindings = 20;

/**
 * Puts the names of a configuration into a shipped story, once for each of its repositories, and leaves out the parts that the
 * configuration has no use for. The story stays unchanged for the demonstration.
 */
export function fitStory(story: Story, { repositories }: Configuration): { story: Story; leftOut: readonly LeftOut[] } {
  const entries = Object.entries(repositories);
  const fitted = entries.map(([repository, configuration]) => {
    const one = fitTo(story, repository, configuration);
    return entries.length === 1 ? one : { ...one, story: one.story.map((part) => ({ ...part, repository })) };
  });
  return {
    story: {
      ...story,
      tasks: fitted.flatMap(({ tasks }) => tasks),
      scans: fitted.flatMap(({ scans }) => scans),
      builds: fitted.flatMap(({ builds }) => builds),
      story: fitted.flatMap((one) => one.story),
    },
    leftOut: fitted.flatMap(({ leftOut }) => leftOut),
  };
}

function fitTo(story: Story, repository: string, configuration: RepositoryConfiguration): Fitted {
  const [mainline, ...otherLines] = mainlinesOf(configuration);
  // A configuration without an environment that follows a branch is not valid.
  if (mainline === undefined) return { tasks: [], scans: [], builds: [], story: [], leftOut: [] };
  const names = namesIn(configuration, mainline);
  const text = (of: string): string => withNames(of, names, mainline);
  const findings = findingsToRefuse(mainline);
  const leftOut: LeftOut[] = [];
  const parts = story.story.flatMap((part): StoryPart[] => {
    const title = text(part.title);
    const leaveOut = (reason: string): [] => {
      leftOut.push({ title, reason: `${repository}: ${reason}` });
      return [];
    };
    const { on } = part;
    const fitted = { ...part, title };
    switch (on.event) {
      case "push": {
        if (part.operator === undefined || part.operator.waive.length === 0) {
          const push = { ...fitted, on: { ...on, branch: mainline.branch, message: text(on.message) } };
          return [push, ...alsoTo(otherLines, push, mainline, story)];
        }
        if (typeof findings === "string") return leaveOut(findings);
        const [waiver] = part.operator.waive;
        const waive = idsOf(findings, waiver?.id ?? "").flatMap((id) =>
          waiver === undefined ? [] : [{ ...waiver, id, images: [names.image] }],
        );
        return [{ ...fitted, on: { ...on, branch: mainline.branch }, operator: { ...part.operator, waive } }];
      }
      case "tag": {
        const promotions = firstOfEachTag(mainline, on.tag);
        if (promotions.length === 0) return leaveOut("no environment follows a tag, so there is no promotion");
        return promotions.map(({ tag, environments }) => ({
          ...part,
          title: withNames(part.title, { ...names, tag, production: environments }, mainline),
          on: { ...on, tag },
        }));
      }
      case "pull_request": {
        const isTested = Object.values(configuration.images).some(({ testTarget }) => testTarget !== undefined);
        if (!isTested) return leaveOut("no image has a testTarget, so pull requests are not checked");
        return [
          { ...fitted, on: { ...on, ...(mainline.branch !== demonstration.branch && { into: mainline.branch }) } },
        ];
      }
      case "rollback":
        return [{ ...fitted, on: { ...on, environment: text(on.environment) } }];
    }
  });
  const image = configuration.images[names.image];
  return {
    leftOut,
    story: parts,
    builds: story.builds.map((rule) => (rule.image === demonstration.image ? { ...rule, image: names.image } : rule)),
    tasks: story.tasks.flatMap((rule) => fitTasks(rule, mainline, names, text)),
    scans: story.scans.map((rule) =>
      rule.repository === demonstration.ecrRepository && image !== undefined
        ? { ...rule, repository: image.repository, findings: fitFindings(rule.findings, findings, mainline) }
        : rule,
    ),
  };
}

type Names = Record<keyof typeof demonstration, string>;

function namesIn(configuration: RepositoryConfiguration, mainline: Mainline): Names {
  const [first] = mainline.environments;
  const services = Object.values(first?.environment.services ?? {});
  const images = Object.keys(configuration.images).filter((image) =>
    services.some(({ containers }) => Object.values(containers).includes(image)),
  );
  const image = images[1] ?? images[0] ?? "";
  const running = services.find(({ containers }) => Object.values(containers).includes(image));
  const container = Object.entries(running?.containers ?? {}).find(([, name]) => name === image)?.[0];
  const [promotion] = firstOfEachTag(mainline, demonstration.tag);
  return {
    branch: mainline.branch,
    environment: nameAll(mainline.environments),
    production: promotion?.environments ?? demonstration.production,
    tag: promotion?.tag ?? demonstration.tag,
    image,
    ecrRepository: configuration.images[image]?.repository ?? "",
    service: running?.service ?? "",
    container: container ?? "",
  };
}

const nameAll = (environments: readonly { name: string }[]): string =>
  environments.map(({ name }) => name).join(" and ");

/** Replaces the demonstration's names in a text: whole words only. */
function withNames(text: string, names: Names, { branch }: Mainline): string {
  const replacements = new Map<string, string>([
    [demonstration.branch, branch],
    [demonstration.environment, names.environment],
    [demonstration.production, names.production],
    [demonstration.tag, names.tag],
    [demonstration.service, names.service],
  ]);
  return text.replaceAll(/v1\.0\.0|\b(?:main|staging|production|backend)\b/g, (word) => replacements.get(word) ?? word);
}

/** Tags that bring a commit along the line: one for each pattern that no earlier tag has. */
function firstOfEachTag({ promotions }: Mainline, usual: string): { tag: string; environments: string }[] {
  const tags = [...new Set(promotions.map(({ pattern }) => tagOf(pattern, usual)))];
  return tags.map((tag) => ({
    tag,
    environments: nameAll(promotions.filter(({ pattern }) => tagOf(pattern, usual) === tag)),
  }));
}

/** A tag promotes along every line that has its pattern: the commit must have been released along each of them. */
function alsoTo(lines: readonly Mainline[], push: StoryPart, mainline: Mainline, story: Story): StoryPart[] {
  const isPromoted = story.story.some(
    ({ on }) => on.event === "tag" && push.on.event !== "rollback" && on.sha === push.on.sha,
  );
  if (!isPromoted || push.on.event !== "push") return [];
  const { on } = push;
  return lines
    .filter(({ promotions }) => promotions.length > 0)
    .map(({ branch, environments }) => ({
      ...push,
      title: `A push to ${branch} is deployed to ${nameAll(environments)}`,
      on: { ...on, branch },
    }))
    .filter((part) => part.on.branch !== mainline.branch);
}

/** How many critical findings every environment of the line refuses; a text says why there is no such number. */
function findingsToRefuse({ environments }: Mainline): number | string {
  const off = environments.filter(({ environment }) => !environment.gates.scan.enabled);
  if (off.length > 0) return `gates.scan is not enabled in ${nameAll(off)}, so no finding refuses a release`;
  const most = Math.max(...environments.map(({ environment }) => environment.gates.scan.maximum.critical));
  return most < mostFindings ? most + 1 : `gates.scan of ${nameAll(environments)} allows ${most} critical findings`;
}

/** CVE-2026-31337, CVE-2026-31338, … */
function idsOf(count: number, first: string): string[] {
  const [, prefix = first, digits = ""] = /^(.*?)(\d+)$/.exec(first) ?? [];
  return Array.from({ length: count }, (_, index) => (index === 0 ? first : `${prefix}${Number(digits) + index}`));
}

type Findings = Story["scans"][number]["findings"];

/** As many critical findings as it takes; of the others, those that alone refuse nothing. */
function fitFindings(findings: Findings, count: number | string, { environments }: Mainline): Findings {
  const limits = environments.map(({ environment }) => environment.gates.scan.maximum);
  return findings.flatMap((finding) => {
    if (finding.severity === "CRITICAL") return idsOf(Number(count) || 1, finding.id).map((id) => ({ ...finding, id }));
    const isAllowed = limits.every((maximum) =>
      Object.entries(maximum).every(
        ([severity, limit = Infinity]) => severity !== finding.severity.toLowerCase() || limit > 0,
      ),
    );
    return isAllowed ? [finding] : [];
  });
}

/** The rule for the demonstration's service becomes one for a service of each environment that follows the branch. */
function fitTasks(
  rule: Story["tasks"][number],
  { environments }: Mainline,
  { image, service }: Names,
  text: (of: string) => string,
): Story["tasks"] {
  const { fate } = rule;
  const renamed = {
    ...rule,
    ...(fate !== undefined && { fate: "log" in fate ? { ...fate, log: fate.log.map(text) } : fate }),
  };
  if (rule.service !== demonstration.service) return [renamed];
  if (environments.length === 1) return [{ ...renamed, service }];
  return environments.map(({ environment: { cluster, services } }) => {
    const all = Object.values(services);
    const running = all.find(({ containers }) => Object.values(containers).includes(image)) ?? all.at(-1);
    return { ...renamed, cluster, service: running?.service ?? service };
  });
}
