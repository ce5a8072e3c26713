/**
 * Certificates for the nodes' TLS: every member has an authority of its own, which signs its nodes'
 * certificates; the configuration of a node pins the authorities of all members in one bundle.
 *
 * A certificate names its member in the organisation field (O) and is believed only when the
 * authority that signed it names the same member: an authority of one member cannot speak for
 * another (see {@link memberOfCertificate}). Curve P-256, because every TLS stack has it.
 */

import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';

import { Fault } from '../fault.ts';
import { metadataForDecorators } from './decorator-metadata.ts';

/** Validity of an authority's certificate. */
export const AUTHORITY_DAYS = 3650;
/** Longest validity of a node's certificate: short, because nothing here revokes certificates. */
export const CERTIFICATE_DAYS_MAX = 90;
/** A certificate with fewer days left deserves a hint to renew it. */
export const RENEW_BEFORE_DAYS = 30;

const DAY_MS = 86_400_000;
// Clocks of members differ: a certificate is valid a little before it was made.
const CLOCK_SKEW_MS = 300_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A certificate and its private key, both PEM. */
export interface CertifiedKey {
  readonly certificate: string;
  /** A secret: write it with `writeSecretFile`. */
  readonly privateKey: string;
}

/** What a node's certificate is to say. */
export interface CertificateRequest {
  readonly member: string;
  /** Name of the node within the member, for readers of the certificate. */
  readonly node: string;
  /** Further DNS names and IP addresses under which the node is reached; `localhost` and 127.0.0.1 are always in it. */
  readonly hosts?: readonly string[];
  /** Days of validity, 1 to {@link CERTIFICATE_DAYS_MAX}. */
  readonly days?: number;
}

/** The names in a certificate as `node:tls` shows them; only what is looked at. */
export interface CertificateNames {
  readonly subject?: { readonly O?: string | string[] | undefined } | undefined;
  readonly issuer?: { readonly O?: string | string[] | undefined } | undefined;
}

/** Makes the authority of a member: a self-signed certificate that may sign certificates of nodes only. */
export async function createAuthority(member: string): Promise<CertifiedKey> {
  const x509 = await loadX509();
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: subjectName(member, `${member} authority`),
    keys,
    ...validity(AUTHORITY_DAYS),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pem(certificate.toString('pem')), privateKey: await exportKey(keys.privateKey) };
}

/** Issues a certificate for a node, good as server and as client, with a new key of its own. */
export async function issueCertificate(
  authority: CertifiedKey,
  request: CertificateRequest,
): Promise<CertifiedKey> {
  const days = request.days ?? CERTIFICATE_DAYS_MAX;
  if (!Number.isInteger(days) || days < 1 || days > CERTIFICATE_DAYS_MAX) {
    throw new RangeError(`A node's certificate is valid for 1 to ${CERTIFICATE_DAYS_MAX} days, not ${days}`);
  }
  const x509 = await loadX509();
  const issuer = new x509.X509Certificate(authority.certificate);
  const keys = await newKeys();
  const hosts = new Set(['localhost', '127.0.0.1', request.node, ...(request.hosts ?? [])]);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: subjectName(request.member, request.node),
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.privateKey),
    ...validity(days),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      new x509.SubjectAlternativeNameExtension([...hosts].map(alternativeName)),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pem(certificate.toString('pem')), privateKey: await exportKey(keys.privateKey) };
}

/**
 * The member that a verified certificate speaks for, or null: the organisation in the subject, if
 * the authority that signed it belongs to the same organisation. TLS has checked the signature.
 */
export function memberOfCertificate(certificate: CertificateNames): string | null {
  const subject = certificate.subject?.O;
  const issuer = certificate.issuer?.O;
  return typeof subject === 'string' && subject !== '' && subject === issuer ? subject : null;
}

/** Whole days until `validTo` (as `X509Certificate.validTo` gives it); negative when it has expired. */
export function daysLeft(validTo: string, now: number): number {
  return Math.floor((Date.parse(validTo) - now) / DAY_MS);
}

function subjectName(member: string, commonName: string): Array<Record<string, string[]>> {
  return [{ O: [member] }, { CN: [commonName] }];
}

function alternativeName(host: string): { type: 'ip' | 'dns'; value: string } {
  return { type: isIP(host) === 0 ? 'dns' : 'ip', value: host };
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - CLOCK_SKEW_MS), notAfter: new Date(now + days * DAY_MS) };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return pem(['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----'].join('\n'));
}

async function importKey(text: string): Promise<webcrypto.CryptoKey> {
  const body = text.replace(/-----[A-Z ]+-----/g, '').replace(/\s/g, '');
  try {
    const bytes = Buffer.from(body, 'base64');
    return await webcrypto.subtle.importKey('pkcs8', bytes, ALGORITHM, false, ['sign']);
  } catch {
    // The cause is left out: it may quote the key.
    throw new Fault('key_invalid', "The authority's key is no P-256 private key in PKCS#8 PEM form.", {
      hint: 'Use the key file that was made together with the authority.',
    });
  }
}

function pem(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}

// Loaded when a certificate is made, never by a running node: it takes 100 ms and 15 MB.
async function loadX509(): Promise<typeof import('@peculiar/x509')> {
  metadataForDecorators();
  return import('@peculiar/x509');
}
