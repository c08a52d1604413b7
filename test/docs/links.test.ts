/** Links of the documentation: pages, anchors and paths of the repository exist. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const pages = globSync(["*.md", "{docs,packages,test}/**/*.md"], {
  cwd: root,
  exclude: (name) => name.split("/").includes("node_modules"),
});

/** Text outside code blocks, where a link is a link. */
const prose = (page: string): string => readFileSync(join(root, page), "utf8").replaceAll(/^```.*?^```$/gms, "");

/** Anchors as GitHub makes them of headings: lower case, punctuation dropped, spaces as hyphens, repetitions counted. */
function anchorsOf(page: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const slugs = [...prose(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) => {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-");
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
  return new Set(slugs);
}

function brokenLinks(page: string): string[] {
  const targets = [...prose(page).matchAll(/\]\(([^)\s]+)\)|(?:src|href|srcset)="([^"]+)"/g)]
    .map(([, link, attribute]) => link ?? attribute ?? "")
    .filter((target) => !/^(?:https?:|mailto:)/.test(target));
  return targets.filter((target) => {
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? page : relative(root, join(root, dirname(page), path));
    if (!existsSync(join(root, file))) return true;
    return anchor !== undefined && !(file.endsWith(".md") && anchorsOf(file).has(anchor));
  });
}

/** Code spans that can only be paths of this repository, or in a package's README of the package. */
function missingPaths(page: string): string[] {
  const ofRepository = /`((?:packages|functions|infra|statemachine|scripts|test|bench|docs)\/[\w./-]+)`/g;
  const ofPackage = /`((?:src|scenarios)\/[\w./-]+)`/g;
  const missing = (pattern: RegExp, folder: string) =>
    [...prose(page).matchAll(pattern)]
      .map(([, path = ""]) => path)
      .filter((path) => !existsSync(join(root, folder, path)));
  return [...missing(ofRepository, ""), ...(page.startsWith("packages/") ? missing(ofPackage, dirname(page)) : [])];
}

test("there are pages to check", () => {
  expect(pages).toContain("docs/architecture.md");
  expect(pages.length).toBeGreaterThan(50);
});

test.each(pages)("%s links to pages, anchors and paths that exist", (page) => {
  expect(brokenLinks(page)).toEqual([]);
  expect(missingPaths(page)).toEqual([]);
});
