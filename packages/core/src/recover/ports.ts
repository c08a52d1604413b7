/** What recovery needs from GitHub. */

/** One try of GitHub's to deliver an event to the App's webhook. */
export type Delivery = {
  /** Digits; may be more of them than a number can hold. */
  id: string;
  /** The same for every try. */
  guid: string;
  deliveredAt: string;
  succeeded: boolean;
  /** Somebody asked for it. */
  redelivery: boolean;
};

export type Deliveries = {
  /** The newest first; failed ones at least. @param cursor as `next` of the page before */
  page(cursor?: string): Promise<{ deliveries: readonly Delivery[]; next?: string }>;
  redeliver(id: string): Promise<void>;
};
