import { createServer } from "node:http";
import { CodeBuildClient } from "@aws-sdk/client-codebuild";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { expect, onTestFinished, test } from "vitest";
import { codebuildStarter } from "../codebuild/builds.ts";
import { ecrRegistry } from "../ecr/registry.ts";
import { ecsTaskDefinitions } from "../ecs/task-definitions.ts";

/** Options of a client whose every call is answered with status 200 and this body. */
async function answering(body: string) {
  const server = createServer((_, response) => response.writeHead(200).end(body)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    maxAttempts: 1,
  };
}

const build = { project: "p", sha: "a".repeat(40), idempotencyToken: "t", timeoutMinutes: 5, environment: {} };

test.each(["", "{}", "<html>busy</html>"])(
  "an answer with status 200 is retried if it lacks its content: %j",
  async (body) => {
    const options = await answering(body);
    const calls = [
      codebuildStarter(new CodeBuildClient(options)).start(build),
      ecrRegistry(new ECRClient(options)).repositoryUri("shop/backend"),
      ecsTaskDefinitions(new ECSClient(options)).register({ family: "web", containerDefinitions: [] }),
    ];
    const expected = { name: "RetryableError", code: "AWS_UNAVAILABLE" };
    await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject(expected)));
  },
);
