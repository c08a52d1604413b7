import { CreateClusterCommand, ECSClient } from "@aws-sdk/client-ecs";

const ecs = new ECSClient({
  requestHandler: { connectionTimeout: 1000, requestTimeout: 5000, throwOnRequestTimeout: true },
});

/** A function for fault tests: creates clusters one after the other, and returns the outcome of each call. */
export async function handler({ clusters = ["one"] }: { clusters?: string[] }): Promise<string[]> {
  const answers: string[] = [];
  for (const clusterName of clusters) {
    answers.push(
      await ecs.send(new CreateClusterCommand({ clusterName })).then(
        ({ $metadata }) => `created at attempt ${$metadata.attempts}`,
        (error: unknown) => (error instanceof Error ? error.name : String(error)),
      ),
    );
  }
  return answers;
}
