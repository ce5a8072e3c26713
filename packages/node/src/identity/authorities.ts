/**
 * The authorities whose certificates this node believes, and for whom each may speak: those of the
 * configuration for the member that their own subject names, those of the ledger for the member that
 * was admitted with them. Members come and go while the node runs.
 *
 * TLS checks that a certificate chains to one of them; here it must also have been signed directly by
 * an authority of the very member that it names, so that no member can vouch for another.
 */

import { X509Certificate } from 'node:crypto';
import type { MemberFacts } from '../chain/membership.ts';
import type { Log } from '../observe/ports.ts';
import type { TrustedAuthorities } from '../sync/ports.ts';
import { type CertificateNames, memberOfCertificate } from './certificates.ts';

/** A certificate as `node:tls` shows it. */
export interface PresentedCertificate extends CertificateNames {
  /** DER. */
  readonly raw?: Buffer | undefined;
}

/** An authority and the member for which it speaks. */
interface Authority {
  readonly member: string;
  readonly certificate: X509Certificate;
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The authorities of all members. */
export class Authorities implements TrustedAuthorities {
  readonly #configured: readonly Authority[];
  readonly #bundle: string;
  readonly #log: Log;
  readonly #listeners: ((pem: string) => void)[] = [];
  #admitted: readonly Authority[] = [];

  /** `bundle` are the authorities of the configuration, PEM, one after the other. */
  constructor(bundle: string, log: Log) {
    this.#bundle = bundle;
    this.#log = log;
    this.#configured = (bundle.match(PEM_CERTIFICATE) ?? []).flatMap((pem) => {
      const certificate = new X509Certificate(pem);
      const member = organisationOf(certificate);
      return member === null ? [] : [{ member, certificate }];
    });
  }

  /** All of them, PEM, one after the other. */
  get pem(): string {
    return [this.#bundle, ...this.#admitted.map(({ certificate }) => certificate.toString())].join('\n');
  }

  /** Believes, besides those of the configuration, the authorities with which these members were admitted. */
  setMembers(members: readonly Pick<MemberFacts, 'id' | 'authority'>[]): void {
    const before = this.pem;
    this.#admitted = members.flatMap((member) => this.#authorityOf(member));
    if (this.pem === before) return;
    for (const listener of this.#listeners) listener(this.pem);
  }

  /** Calls `listener` with {@link pem} whenever it changes. */
  onChange(listener: (pem: string) => void): void {
    this.#listeners.push(listener);
  }

  /** The member that a certificate speaks for, which TLS has verified; null when it speaks for nobody. */
  memberOf(certificate: PresentedCertificate): string | null {
    const member = memberOfCertificate(certificate);
    if (member === null || certificate.raw === undefined) return null;
    const presented = new X509Certificate(certificate.raw);
    const isVouchedFor = [...this.#configured, ...this.#admitted].some(
      (authority) =>
        authority.member === member &&
        presented.checkIssued(authority.certificate) &&
        presented.verify(authority.certificate.publicKey),
    );
    return isVouchedFor ? member : null;
  }

  // What the members have agreed to is text; one that is no authority of the member is left out.
  #authorityOf({ id, authority }: Pick<MemberFacts, 'id' | 'authority'>): Authority[] {
    if (authority === '') return [];
    try {
      const certificate = new X509Certificate(authority);
      if (certificate.ca && organisationOf(certificate) === id) return [{ member: id, certificate }];
    } catch {
      // Said below: it comes to the same.
    }
    this.#log.warn(
      { member: id },
      'the ledger holds no usable authority for this member: its nodes are not let in',
    );
    return [];
  }
}

// The subject has one line per name: O=buyer.
function organisationOf(certificate: X509Certificate): string | null {
  return /^O=(.+)$/m.exec(certificate.subject)?.[1] ?? null;
}
