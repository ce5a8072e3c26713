/** Certificates of the port for other members' nodes, which change while it is open. */

import type { experimental } from '@grpc/grpc-js';
import type { TrustedAuthorities } from './ports.ts';

/** The certificate of this node and the authorities of all, in the form that grpc-js listens to. */
export function certificateProvider(
  tls: { readonly cert: string; readonly key: string },
  authorities: TrustedAuthorities,
): experimental.CertificateProvider {
  const own = { certificate: Buffer.from(tls.cert), privateKey: Buffer.from(tls.key) };
  const listeners = new Set<experimental.CaCertificateUpdateListener>();
  authorities.onChange((pem) => {
    for (const listener of listeners) listener({ caCertificate: Buffer.from(pem) });
  });
  return {
    addCaCertificateListener: (listener) => {
      listeners.add(listener);
      // It listens in earnest only after it has returned from here.
      queueMicrotask(() => listener({ caCertificate: Buffer.from(authorities.pem) }));
    },
    removeCaCertificateListener: (listener) => {
      listeners.delete(listener);
    },
    addIdentityCertificateListener: (listener) => queueMicrotask(() => listener(own)),
    removeIdentityCertificateListener: () => undefined,
  };
}
