import type { Access, ServiceAccess } from "../../protocol/demand.ts";

const repository: Access = { on: ["repository/{repositoryName}"] };

/** docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html */
export const ecrAccess: ServiceAccess = {
  prefix: "ecr",
  operations: {
    BatchDeleteImage: repository,
    BatchGetImage: repository,
    CreateRepository: repository,
    DescribeImageScanFindings: repository,
    DescribeImages: repository,
    DescribeRepositories: { on: ["repository/{repositoryNames=*}"] },
    GetAuthorizationToken: { on: "*" },
    GetDownloadUrlForLayer: repository,
    GetRegistryScanningConfiguration: { on: "*" },
    ListImages: repository,
    PutImage: repository,
    PutImageScanningConfiguration: repository,
    StartImageScan: repository,
  },
};
