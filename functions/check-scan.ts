import { ecrClient } from "@lockmaster/aws/ecr/client.ts";
import { ecrManifests } from "@lockmaster/aws/ecr/manifests.ts";
import { ecrScanFindings } from "@lockmaster/aws/ecr/scan-findings.ts";
import { dynamodbClient, dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { CheckScanInput } from "@lockmaster/core/contract/steps.ts";
import { checkScan } from "@lockmaster/core/gates/scan.ts";
import { readSettings } from "@lockmaster/lambda/settings.ts";
import { step } from "@lockmaster/lambda/step.ts";

const settings = readSettings(["LEDGER_TABLE"]);
const ecr = ecrClient();
const ports = {
  ledger: dynamodbLedger(dynamodbClient(), settings.LEDGER_TABLE),
  manifests: ecrManifests(ecr),
  scans: ecrScanFindings(ecr),
};

/** Judges what ECR's scan found in one image: passed, when to poll again, or an error that names the findings. */
export const handler = step(CheckScanInput, (input, { now }) => checkScan(ports, input, now()));
