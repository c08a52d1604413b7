import type { ScanStatus } from "@aws-sdk/client-ecr";
import type { ScanCourse, ScanEngine, ScanFinding } from "../../engines/engine.ts";
import type { World } from "../../world/world.ts";
import { countsOf } from "./scan-answers.ts";
import { type Registry, type RegistryImage, type RepositoryState, tagsOf } from "./registry.ts";

/** A scan that was started. */
export type Scan = { course: ScanCourse; startedAt: number };
export type ScanPhase = "unknown" | "in-progress" | "empty" | "ended";

/** Starts scans, and emits an event when a scan ends. */
export type Scanner = {
  find(image: RegistryImage): Scan | undefined;
  start(repository: RepositoryState, image: RegistryImage): Scan;
};

/** A scan with one of these as its last status never ends. */
const endless: ReadonlySet<ScanStatus> = new Set(["IN_PROGRESS", "PENDING"]);

/**
 * Scans images on push. Basic scanning: if the repository is configured for it. Enhanced scanning, which is configured for
 * the whole registry: always. ECR scans the images of an index, not the index.
 */
export function createScanner(world: World, registry: Registry, engine: ScanEngine): Scanner {
  const scans = new WeakMap<RegistryImage, Scan>();

  function begin(repository: RepositoryState, image: RegistryImage, course: ScanCourse): Scan {
    const scan = { course, startedAt: world.clock.now() };
    scans.set(image, scan);
    if (!endless.has(course.status))
      world.clock.after(endOf(scan) - scan.startedAt, () => emitEnd(repository, image, course));
    return scan;
  }

  function emitEnd(repository: RepositoryState, image: RegistryImage, course: ScanCourse): void {
    if (repository.images.get(image.manifest.digest) !== image) return;
    world.emit(endEvent(repository, image, course));
  }

  registry.onPush((repository, image) => {
    if (image.manifest.kind === "index") return;
    const course = engine.scan(scanSubject(repository, image));
    if (course.type === "enhanced" || repository.description.imageScanningConfiguration?.scanOnPush === true) {
      begin(repository, image, course);
    }
  });

  return {
    find: (image) => scans.get(image),
    start: (repository, image) =>
      begin(repository, image, { ...engine.scan(scanSubject(repository, image)), beginsSeconds: 0 }),
  };
}

export function phaseOf({ course, startedAt }: Scan, now: number): ScanPhase {
  const seconds = (now - startedAt) / 1000 - course.beginsSeconds;
  if (seconds < 0) return "unknown";
  if (seconds < course.seconds || endless.has(course.status)) return "in-progress";
  return seconds < course.seconds + course.emptySeconds ? "empty" : "ended";
}

/** When a scan ends. */
export function endOf({ course, startedAt }: Scan): number {
  return startedAt + (course.beginsSeconds + course.seconds + course.emptySeconds) * 1000;
}

/** The findings that have arrived. */
export function arrivedFindings(scan: Scan, now: number): readonly ScanFinding[] {
  return scan.course.findings.filter(({ afterSeconds }) => endOf(scan) + afterSeconds * 1000 <= now);
}

function scanSubject({ description }: RepositoryState, { manifest, revision }: RegistryImage) {
  return {
    repository: description.repositoryName,
    ...(revision !== undefined && { revision }),
    readable: manifest.kind === "image" && manifest.layers.every(({ mediaType }) => mediaType.includes(".tar")),
  };
}

/** ECR emits the event of a basic scan, Amazon Inspector that of an enhanced scan. */
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
