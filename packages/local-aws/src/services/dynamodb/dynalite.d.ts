/** Types for dynalite 4, which has none. The local AWS uses only the request listener of its HTTP server. */
declare module "dynalite" {
  import type { EventEmitter } from "node:events";

  type Request = EventEmitter & { method: string; url: string; headers: Readonly<Record<string, string>> };
  type Response = {
    statusCode: number;
    setHeader(name: string, value: string | number): void;
    end(body?: string): void;
  };

  function dynalite(options: { createTableMs: number; deleteTableMs: number; updateTableMs: number }): {
    emit(event: "request", request: Request, response: Response): boolean;
  };
  export = dynalite;
}
