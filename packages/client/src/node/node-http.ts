/** HTTP of Node with connections kept open and the node's own certificate authority. */

import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

import type { Endpoint, HttpRequest, HttpResponse, SendHttp } from '../transport.ts';

const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/** Connections of one client. */
export class NodeHttp {
  readonly #plain: HttpAgent = new HttpAgent({ keepAlive: true });
  readonly #secure: Map<string, HttpsAgent> = new Map();

  /** Sends a request. */
  readonly send: SendHttp = (endpoint, request) => this.#send(endpoint, request);

  /** Closes idle connections. */
  close(): void {
    this.#plain.destroy();
    for (const agent of this.#secure.values()) agent.destroy();
  }

  #send(endpoint: Endpoint, request: HttpRequest): Promise<HttpResponse> {
    const url = new URL(request.path, endpoint.http);
    const options = { method: request.method, headers: headersOf(request), signal: request.signal };
    return new Promise((resolve, reject) => {
      const outgoing =
        url.protocol === 'https:'
          ? httpsRequest(url, { ...options, agent: this.#agentOf(endpoint) })
          : httpRequest(url, { ...options, agent: this.#plain });
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('error', reject);
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > ANSWER_BYTES_MAX)
            outgoing.destroy(new Error(`the answer is longer than ${ANSWER_BYTES_MAX} bytes`));
          else chunks.push(chunk);
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
      });
      outgoing.end(request.body ?? undefined);
    });
  }

  #agentOf(endpoint: Endpoint): HttpsAgent {
    const authority = endpoint.ca ?? '';
    let agent = this.#secure.get(authority);
    if (agent === undefined) {
      agent = new HttpsAgent({
        keepAlive: true,
        minVersion: 'TLSv1.2',
        ...(authority === '' ? {} : { ca: authority }),
      });
      this.#secure.set(authority, agent);
    }
    return agent;
  }
}

function headersOf(request: HttpRequest): Record<string, string> {
  if (request.body === null) return { ...request.headers };
  return { ...request.headers, 'content-length': String(Buffer.byteLength(request.body)) };
}
