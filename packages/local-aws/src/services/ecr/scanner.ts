import type { ScanStatus } from "@aws-sdk/client-ecr";
import type { ScanCourse, ScanEngine } from "../../engines/engine.ts";
import type { World } from "../../world/world.ts";
import { countsOf } from "./scan-answers.ts";
import { type Registry, type RegistryImage, type RepositoryState, tagsOf } from "./registry.ts";

/** A scan that was started, and where it stands. */
export type Scan = { course: ScanCourse; startedAt: number };
export type ScanPhase = "unknown" | "under-way" | "empty" | "ended";

/** Starts scans, tells where they stand, and tells EventBridge when they end. */
export type Scanner = {
  find(image: RegistryImage): Scan | undefined;
  start(repository: RepositoryState, image: RegistryImage): Scan;
};

const never: ReadonlySet<ScanStatus> = new Set(["IN_PROGRESS", "PENDING"]);

/**
 * Scans images as they are pushed: where the repository is set to it for basic scanning, always for enhanced scanning, which
 * a registry is set to as a whole. An index is not scanned, its images are.
 */
export function createScanner(world: World, registry: Registry, engine: ScanEngine): Scanner {
  const scans = new WeakMap<RegistryImage, Scan>();

  function begin(repository: RepositoryState, image: RegistryImage, course: ScanCourse): Scan {
    const scan = { course, startedAt: world.clock.now() };
    scans.set(image, scan);
    if (!never.has(course.status))
      world.clock.after(endOf(scan) - scan.startedAt, () => announce(repository, image, course));
    return scan;
  }

  function announce(repository: RepositoryState, image: RegistryImage, course: ScanCourse): void {
    if (repository.images.get(image.manifest.digest) !== image) return;
    world.emit(endEvent(repository, image, course));
  }

  registry.onPush((repository, image) => {
    if (image.manifest.kind === "index") return;
    const course = engine.scan(subjectOf(repository, image));
    if (course.type === "enhanced" || repository.description.imageScanningConfiguration?.scanOnPush === true) {
      begin(repository, image, course);
    }
  });

  return {
    find: (image) => scans.get(image),
    start: (repository, image) =>
      begin(repository, image, { ...engine.scan(subjectOf(repository, image)), beginsSeconds: 0 }),
  };
}

export function phaseOf({ course, startedAt }: Scan, now: number): ScanPhase {
  const seconds = (now - startedAt) / 1000 - course.beginsSeconds;
  if (seconds < 0) return "unknown";
  if (seconds < course.seconds || never.has(course.status)) return "under-way";
  return seconds < course.seconds + course.emptySeconds ? "empty" : "ended";
}

/** When everything that it found is there. */
export function endOf({ course, startedAt }: Scan): number {
  return startedAt + (course.beginsSeconds + course.seconds + course.emptySeconds) * 1000;
}

function subjectOf({ description }: RepositoryState, { manifest, revision }: RegistryImage) {
  return {
    repository: description.repositoryName,
    ...(revision !== undefined && { revision }),
    readable: manifest.kind === "image" && manifest.layers.every(({ mediaType }) => mediaType.includes(".tar")),
  };
}

/** ECR tells of basic scans, Amazon Inspector of its own, each in its own words. */
function endEvent({ description, ...repository }: RepositoryState, { manifest }: RegistryImage, course: ScanCourse) {
  const { repositoryArn = "", repositoryName } = description;
  const counts = countsOf(course.findings);
  const image = {
    "image-digest": manifest.digest,
    "image-tags": tagsOf({ description, ...repository }, manifest.digest),
  };
  if (course.type === "basic") {
    return {
      source: "aws.ecr",
      detailType: "ECR Image Scan",
      resources: [repositoryArn],
      detail: {
        "scan-status": course.status === "COMPLETE" ? "COMPLETE" : "FAILED",
        "repository-name": repositoryName,
        "finding-severity-counts": counts,
        ...image,
      },
    };
  }
  return {
    source: "aws.inspector2",
    detailType: "Inspector2 Scan",
    resources: [repositoryArn],
    detail: {
      "scan-status": "INITIAL_SCAN_COMPLETE",
      "repository-name": repositoryArn,
      "finding-severity-counts": { ...counts, TOTAL: course.findings.length },
      ...image,
    },
  };
}
