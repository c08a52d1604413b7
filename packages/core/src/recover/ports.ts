/** One attempt of GitHub to deliver an event to the App's webhook. */
export type Delivery = {
  /** Digits; the number may be too large for a JavaScript number. */
  id: string;
  /** The same for every attempt. */
  guid: string;
  deliveredAt: string;
  succeeded: boolean;
  /** It was answered with 413: a redelivery is as large. */
  tooLarge: boolean;
  /** Requested by Lockmaster or an operator; not GitHub's first attempt. */
  redelivery: boolean;
};

export type Deliveries = {
  /** The newest first. @param cursor `next` of the previous page */
  page(cursor?: string): Promise<{ deliveries: readonly Delivery[]; next?: string }>;
  redeliver(id: string): Promise<void>;
};

export type Tags = {
  /** The tags of a repository, each with its commit. */
  list(repository: string): Promise<readonly { name: string; sha: string }[]>;
};
