export type DomainEvents = {
  /** Publishes to EventBridge with `source: lockmaster`. */
  publish(detailType: string, detail: Readonly<Record<string, unknown>>): Promise<void>;
};
