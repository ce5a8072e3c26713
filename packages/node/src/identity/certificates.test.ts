import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type PeerCertificate, type TLSSocket } from 'node:tls';

import { expect, test } from 'vitest';

import { createAuthority, daysLeft, issueCertificate, memberOfCertificate } from './certificates.ts';

async function handshake(
  server: { certificate: string; privateKey: string },
  client: { certificate: string; privateKey: string },
  bundle: string,
): Promise<{ seen: PeerCertificate; protocol: string | null }> {
  const listening = createServer({
    cert: server.certificate,
    key: server.privateKey,
    ca: bundle,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const accepted = once(listening, 'secureConnection') as Promise<[TLSSocket]>;
  const refused = once(listening, 'tlsClientError').then(([error]) => Promise.reject(error));
  refused.catch(() => {});
  const { port } = listening.address() as AddressInfo;
  const socket = connect({
    port,
    host: 'localhost',
    ca: bundle,
    cert: client.certificate,
    key: client.privateKey,
  });
  socket.on('error', () => {});
  try {
    const [theirs] = await Promise.race([accepted, refused]);
    theirs.on('error', () => {});
    const seen = theirs.getPeerCertificate();
    return { seen, protocol: theirs.getProtocol() };
  } finally {
    socket.destroy();
    listening.close();
  }
}

test('two members with authorities of their own shake hands, and each sees whom the other speaks for', async () => {
  const [buyer, seller] = await Promise.all([createAuthority('buyer'), createAuthority('seller')]);
  const [server, client] = await Promise.all([
    issueCertificate(buyer, { member: 'buyer', node: 'buyer-node' }),
    issueCertificate(seller, { member: 'seller', node: 'seller-node' }),
  ]);
  const { seen, protocol } = await handshake(server, client, buyer.certificate + seller.certificate);
  expect(protocol).toBe('TLSv1.3');
  expect(memberOfCertificate(seen)).toBe('seller');
});

test("an authority cannot speak for another member: its certificate in another's name is nobody's", async () => {
  const [buyer, mallory] = await Promise.all([createAuthority('buyer'), createAuthority('mallory')]);
  const server = await issueCertificate(buyer, { member: 'buyer', node: 'buyer-node' });
  const forged = await issueCertificate(mallory, { member: 'buyer', node: 'buyer-node' });
  const { seen } = await handshake(server, forged, buyer.certificate + mallory.certificate);
  expect(memberOfCertificate(seen)).toBeNull();
});

test('an authority outside the bundle is refused by TLS', async () => {
  const [buyer, stranger] = await Promise.all([createAuthority('buyer'), createAuthority('buyer')]);
  const server = await issueCertificate(buyer, { member: 'buyer', node: 'buyer-node' });
  const client = await issueCertificate(stranger, { member: 'buyer', node: 'buyer-node' });
  await expect(handshake(server, client, buyer.certificate)).rejects.toThrow();
});

test('a certificate names its hosts and its end, at most 90 days away', async () => {
  const authority = await createAuthority('buyer');
  const { certificate } = await issueCertificate(authority, {
    member: 'buyer',
    node: 'buyer-node',
    hosts: ['bucordo.example', '10.0.0.7'],
  });
  const parsed = new X509Certificate(certificate);
  expect(parsed.checkHost('bucordo.example')).toBe('bucordo.example');
  expect(parsed.checkIP('10.0.0.7')).toBe('10.0.0.7');
  expect(parsed.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(daysLeft(parsed.validTo, Date.now())).toBeGreaterThanOrEqual(89);
  expect(daysLeft(parsed.validTo, Date.now())).toBeLessThanOrEqual(90);
  await expect(issueCertificate(authority, { member: 'buyer', node: 'n', days: 91 })).rejects.toThrow(
    /1 to 90/,
  );
});
