import type { World } from "../../world/world.ts";
import { alreadyExists, notFound } from "./errors.ts";

export type LogEvent = {
  /** Unique in the account, increasing. */
  id: number;
  timestamp: number;
  ingestionTime: number;
  message: string;
};

export type LogStream = {
  name: string;
  arn: string;
  createdAt: number;
  /** Oldest first. */
  events: LogEvent[];
};

export type LogGroup = { name: string; arn: string; createdAt: number; streams: Map<string, LogStream> };

export type LogsWorld = Pick<World, "clock" | "region" | "accountId">;

/** All log groups of the account and region. */
export class LogGroups {
  readonly byName = new Map<string, LogGroup>();
  readonly #world: LogsWorld;
  #ids = 0;

  constructor(world: LogsWorld) {
    this.#world = world;
  }

  /** @throws AwsError ResourceAlreadyExistsException */
  createGroup(name: string): LogGroup {
    if (this.byName.has(name)) throw alreadyExists("group");
    const { clock, region, accountId } = this.#world;
    const arn = `arn:aws:logs:${region}:${accountId}:log-group:${name}`;
    const group: LogGroup = { name, arn, createdAt: clock.now(), streams: new Map() };
    this.byName.set(name, group);
    return group;
  }

  /** @throws AwsError ResourceAlreadyExistsException */
  createStream(group: LogGroup, name: string): LogStream {
    if (group.streams.has(name)) throw alreadyExists("stream");
    const arn = `${group.arn}:log-stream:${name}`;
    const stream: LogStream = { name, arn, createdAt: this.#world.clock.now(), events: [] };
    group.streams.set(name, stream);
    return stream;
  }

  /** @throws AwsError ResourceNotFoundException */
  group(name: string): LogGroup {
    const group = this.byName.get(name);
    if (group === undefined) throw notFound("group");
    return group;
  }

  /** @throws AwsError ResourceNotFoundException */
  stream(groupName: string, name: string): LogStream {
    const stream = this.group(groupName).streams.get(name);
    if (stream === undefined) throw notFound("stream");
    return stream;
  }

  /** Adds events and keeps the stream sorted by time. */
  write(stream: LogStream, events: readonly Pick<LogEvent, "timestamp" | "message">[]): void {
    const ingestionTime = this.#world.clock.now();
    for (const { timestamp, message } of events) {
      const last = stream.events.at(-1);
      stream.events.push({ id: this.#ids, timestamp, ingestionTime, message });
      this.#ids += 1;
      if (last !== undefined && last.timestamp > timestamp) stream.events.sort((a, b) => a.timestamp - b.timestamp);
    }
  }

  /** Writes lines with the current time. Creates group and stream, as AWS's log drivers do. */
  append(groupName: string, streamName: string, lines: readonly string[]): void {
    const group = this.byName.get(groupName) ?? this.createGroup(groupName);
    const stream = group.streams.get(streamName) ?? this.createStream(group, streamName);
    const timestamp = this.#world.clock.now();
    this.write(
      stream,
      lines.map((message) => ({ timestamp, message })),
    );
  }
}
