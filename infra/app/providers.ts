/** Pulumi's providers beside `aws`, whose version SST chooses. */
export const otherProviders = { random: "4.19.0" } as const;
