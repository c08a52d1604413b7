import { createServer, type RequestListener } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import * as v from "valibot";
import { githubClient } from "./client.ts";
import { describeGitHubFailure } from "./refusals.ts";

async function serving(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

const request = { method: "GET", path: "/repos/acme/shop", token: "t" } as const;
const Repository = v.object({ id: v.number() });

test.each(["", "{}", '{"id":"many"}', "<html>busy</html>", '{"id":1'])(
  "an answer with status 200 that is not as documented can be retried: %j",
  async (body) => {
    const client = githubClient(await serving((_, response) => response.writeHead(200).end(body)));
    const refused = client(request, Repository);
    await expect(refused).rejects.toMatchObject({ name: "RetryableError", code: "GITHUB_UNAVAILABLE" });
    const why = await refused.catch(describeGitHubFailure);
    expect(why).toBe("GitHub's answer to GET /repos/acme/shop, with status 200, is not as documented");
  },
);

test("an answer that breaks off, and none at all, can be retried", async () => {
  const cut = await serving((_, response) => {
    response.writeHead(200, { "content-length": "100" }).write('{"id":1');
    setImmediate(() => response.destroy());
  });
  const expected = { name: "RetryableError", code: "GITHUB_UNAVAILABLE" };
  await expect(githubClient(cut)(request, Repository)).rejects.toMatchObject(expected);
  const silent = await serving(() => undefined);
  const late = githubClient(silent, { request: 50, total: 50 })(request, Repository);
  await expect(late).rejects.toMatchObject({ ...expected, message: expect.stringContaining("did not answer in time") });
});

test("an error that GitHub answers is no unreadable answer", async () => {
  const client = githubClient(await serving((_, response) => response.writeHead(404).end('{"message":"Not Found"}')));
  await expect(client(request, Repository)).rejects.toMatchObject({ name: "GitHubRefusal", status: 404 });
});
