import { Writable } from "node:stream";

/** A stream that passes complete lines to `onLine`. `flush` passes the remaining incomplete line. */
export function lineStream(onLine: (line: string) => void): { stream: Writable; flush: () => void } {
  let rest = "";
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
      done();
    },
  });
  return {
    stream,
    flush() {
      if (rest !== "") onLine(rest);
      rest = "";
    },
  };
}
