import { dynamodbClient } from "@lockmaster/aws/ledger/client.ts";
import { ecrClient } from "@lockmaster/aws/ecr/client.ts";
import { ecrManifests } from "@lockmaster/aws/ecr/manifests.ts";
import { ecrScanFindings } from "@lockmaster/aws/ecr/scan-findings.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { checkScan } from "@lockmaster/core/gates/scan.ts";
import { CheckScanInput } from "@lockmaster/core/contract/steps.ts";
import { loadEnvironment } from "@lockmaster/lambda/environment.ts";
import { step } from "@lockmaster/lambda/step.ts";
import * as v from "valibot";

const environment = loadEnvironment(v.object({ LEDGER_TABLE: v.string() }), process.env);
const ecr = ecrClient();
const ports = {
  ledger: dynamodbLedger(dynamodbClient(), environment.LEDGER_TABLE),
  manifests: ecrManifests(ecr),
  scans: ecrScanFindings(ecr),
};

/** Looks at what ECR's scan found in one image: passed, when to look again, or a refusal that names the findings. */
export const handler = step(CheckScanInput, (input, { now }) => checkScan(ports, input, now()));
