import type { Discovery } from "./discover.ts";
import type { Proposal, ProposedEnvironment } from "./propose.ts";
import type { ProposedImage } from "./propose-images.ts";
import { commentLines, sourceOf, type SourceObject, type SourceProperty, type SourceValue } from "./source-text.ts";

/** The formatted text of a `lockmaster.config.ts`. */
export function renderConfiguration(proposal: Proposal, account: Account): string {
  const { repository, images, environments, existing, notes } = proposal;
  const configuration = block([
    {
      key: "repositories",
      value: block([
        {
          key: repository,
          value: block([
            { key: "images", value: block(images.map(imageProperty)) },
            { key: "environments", value: block(environments.map(environmentProperty)) },
          ]),
        },
      ]),
    },
    {
      key: "installation",
      comment: "These ECR repositories exist and are not created.",
      value: { properties: [{ key: "registries", value: { properties: [{ key: "existing", value: existing }] } }] },
    },
  ]);
  return [
    'import { defineConfig } from "@lockmaster/core/config/define.ts";',
    "",
    ...introduction(notes, account),
    sourceOf(configuration, "export default defineConfig(", ");"),
    "",
  ].join("\n");
}

type Account = Pick<Discovery, "account" | "region">;

function introduction(notes: Proposal["notes"], { account, region }: Account): string[] {
  const origin = `Written by \`lockmaster init\` from account ${account} in ${region}. Check every value that a comment calls a guess, then delete the comment. Every field is in docs/configuration.md.`;
  return [
    "/**",
    ...commentLines(origin, " *"),
    ...(notes.length === 0 ? [] : [" *", " * To check:"]),
    ...notes.flatMap(({ where, message }) => commentLines(`- ${where}: ${message}`, " *")).map(withoutEnd),
    " */",
  ];
}

/** A name from the account must not end the comment. */
const withoutEnd = (line: string): string => line.replaceAll("*/", "* /");

const block = (properties: readonly SourceProperty[]): SourceObject => ({ properties, block: true });

const propertiesOf = (fields: Readonly<Record<string, SourceValue>>): SourceProperty[] =>
  Object.entries(fields).map(([key, value]) => ({ key, value }));

function imageProperty({
  name,
  guess,
  context,
  paths,
  repository,
  testTarget,
  platform,
}: ProposedImage): SourceProperty {
  const properties: SourceProperty[] = [
    { key: "context", value: context },
    { key: "paths", value: paths },
    { key: "repository", value: repository },
    ...(testTarget === undefined ? [] : [{ key: "testTarget", value: testTarget }]),
    { key: "platform", value: platform },
  ];
  return { key: name, value: { properties }, comment: `Guess: ${guess}` };
}

function environmentProperty({
  name,
  guess,
  on,
  promoteFrom,
  cluster,
  services,
  taskDefinitions,
}: ProposedEnvironment): SourceProperty {
  return {
    key: name,
    comment: `Guess: ${guess}`,
    value: block([
      { key: "on", value: { properties: propertiesOf(on) } },
      ...(promoteFrom === undefined ? [] : [{ key: "promoteFrom", value: promoteFrom }]),
      { key: "cluster", value: cluster },
      { key: "services", value: block(services.map(serviceProperty)) },
      ...(taskDefinitions === undefined
        ? []
        : [{ key: "taskDefinitions", value: { properties: propertiesOf(taskDefinitions) } }]),
    ]),
  };
}

function serviceProperty({ name, service, containers }: ProposedEnvironment["services"][number]): SourceProperty {
  return {
    key: name,
    value: {
      properties: [
        { key: "service", value: service },
        { key: "containers", value: { properties: propertiesOf(containers) } },
      ],
    },
  };
}
