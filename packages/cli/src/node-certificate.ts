/** The certificate of a node: how long it is valid, and a new one by the member's authority. */
import { X509Certificate } from 'node:crypto';
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import {
  CERTIFICATE_DAYS_MAX,
  daysLeft,
  issueCertificate,
  type NodeConfig,
  readConfig,
  readSecretFile,
  writeSecretFile,
} from '@bucordo/node';
import { usageError } from './command-error.ts';

/** A certificate as its operator wants to see it. */
export interface CertificateFacts {
  readonly member: string;
  readonly file: string;
  /** Names and addresses for which it is valid. */
  readonly hosts: readonly string[];
  /** Last moment, UTC. */
  readonly validTo: string;
  /** Whole days until then; negative when it is over. */
  readonly daysLeft: number;
}

/** The certificate that the configuration names. */
export function certificateOf(configFile: string, now: number): CertificateFacts {
  const config = readConfig(configFile);
  return factsOf(config, readCertificate(config.tls.cert), now);
}

/**
 * Issues a new certificate and a new key for it by the member's authority, which lies beside the configuration unless it is named. The
 * names of the old certificate stay, `hosts` come to them. Both files are replaced when both are written.
 */
export async function renewCertificate(
  configFile: string,
  options: {
    readonly authority?: string | undefined;
    readonly hosts: readonly string[];
    readonly days?: number | undefined;
  },
  now: number,
): Promise<CertificateFacts> {
  const config = readConfig(configFile);
  const old = readCertificate(config.tls.cert);
  const folder = dirname(resolve(configFile));
  const authorityFile = options.authority ?? join(folder, 'authority.pem');
  const authority = {
    certificate: readCertificate(authorityFile).toString(),
    privateKey: readSecretFile(authorityFile.replace(/\.pem$/, '.key.pem')),
  };
  requireAuthority(config, authority.certificate, authorityFile);
  const issued = await issueCertificate(authority, {
    member: config.member,
    node: config.member,
    hosts: [...new Set([...hostsOf(old), ...options.hosts])],
    days: options.days ?? CERTIFICATE_DAYS_MAX,
  });
  replace(config.tls.key, issued.privateKey, config.tls.cert, issued.certificate);
  return factsOf(config, new X509Certificate(issued.certificate), now);
}

// The others believe this authority only, and only for this member.
function requireAuthority(config: NodeConfig, certificate: string, file: string): void {
  const isKnown = readFileSync(config.tls.ca, 'utf8').includes(certificate.trim());
  if (isKnown && memberOf(new X509Certificate(certificate).subject) === config.member) return;
  throw usageError(
    `${file} is not the authority of ${config.member} that the members know`,
    `It is among those in ${config.tls.ca}; name its file with --authority.`,
    { file },
  );
}

// A key that does not fit its certificate would keep the node from starting: the old pair stays until the new one is whole.
function replace(keyFile: string, key: string, certificateFile: string, certificate: string): void {
  const [newKey, newCertificate] = [`${keyFile}.new`, `${certificateFile}.new`];
  for (const file of [newKey, newCertificate]) rmSync(file, { force: true });
  writeSecretFile(newKey, key);
  writeSecretFile(newCertificate, certificate);
  renameSync(newKey, keyFile);
  renameSync(newCertificate, certificateFile);
}

function readCertificate(file: string): X509Certificate {
  try {
    return new X509Certificate(readFileSync(file));
  } catch {
    throw usageError(`${file} cannot be read or holds no certificate`, 'Name a file in PEM form.', { file });
  }
}

function factsOf(config: NodeConfig, certificate: X509Certificate, now: number): CertificateFacts {
  return {
    member: config.member,
    file: config.tls.cert,
    hosts: hostsOf(certificate),
    validTo: new Date(Date.parse(certificate.validTo)).toISOString(),
    daysLeft: daysLeft(certificate.validTo, now),
  };
}

function hostsOf(certificate: X509Certificate): string[] {
  return (certificate.subjectAltName ?? '')
    .split(', ')
    .map((name) => name.replace(/^(DNS|IP Address):/, ''))
    .filter((name) => name !== '');
}

function memberOf(subject: string): string | null {
  return /^O=(.*)$/m.exec(subject)?.[1] ?? null;
}
