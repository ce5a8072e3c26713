import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Authorities, type PresentedCertificate } from './authorities.ts';
import { type CertifiedKey, createAuthority, issueCertificate } from './certificates.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const buyer = await createAuthority('buyer');
const seller = await createAuthority('seller');

/** A certificate as TLS shows it, its names as the subject says. */
async function presented(authority: CertifiedKey, member: string): Promise<PresentedCertificate> {
  const { certificate } = await issueCertificate(authority, { member, node: member });
  const parsed = new X509Certificate(certificate);
  const organisation = (names: string): string => /^O=(.+)$/m.exec(names)?.[1] ?? '';
  return {
    raw: parsed.raw,
    subject: { O: organisation(parsed.subject) },
    issuer: { O: organisation(parsed.issuer) },
  };
}

describe('Authorities', () => {
  test('a certificate speaks for the member whose authority signed it', async () => {
    const authorities = new Authorities(buyer.certificate + seller.certificate, silent);
    expect(authorities.memberOf(await presented(buyer, 'buyer'))).toBe('buyer');
    expect(authorities.memberOf(await presented(seller, 'seller'))).toBe('seller');
  });

  test('not for another member, nor when its authority is unknown, nor without its bytes', async () => {
    const authorities = new Authorities(buyer.certificate, silent);
    expect(authorities.memberOf(await presented(buyer, 'seller'))).toBeNull();
    expect(authorities.memberOf(await presented(seller, 'seller'))).toBeNull();
    expect(authorities.memberOf({ subject: { O: 'buyer' }, issuer: { O: 'buyer' } })).toBeNull();
  });

  test('another authority that calls itself buyer is not believed', async () => {
    const authorities = new Authorities(buyer.certificate, silent);
    const impostor = await createAuthority('buyer');
    expect(authorities.memberOf(await presented(impostor, 'buyer'))).toBeNull();
  });

  test('members bring their authority and take it along, and listeners hear of it', async () => {
    const authorities = new Authorities(buyer.certificate, silent);
    const heard: string[] = [];
    authorities.onChange((pem) => heard.push(pem));
    const certificate = await presented(seller, 'seller');
    authorities.setMembers([
      { id: 'buyer', authority: '' },
      { id: 'seller', authority: seller.certificate },
    ]);
    expect(authorities.memberOf(certificate)).toBe('seller');
    authorities.setMembers([{ id: 'buyer', authority: '' }]);
    expect(authorities.memberOf(certificate)).toBeNull();
    expect(heard.map((pem) => pem.split('BEGIN CERTIFICATE').length - 1)).toEqual([2, 1]);
  });

  test.each([
    ['the authority of another member', buyer.certificate],
    ['no certificate', 'none'],
  ])('%s is not believed for a member that brings it', async (_, authority) => {
    const authorities = new Authorities('', silent);
    authorities.setMembers([{ id: 'seller', authority }]);
    expect(authorities.pem).not.toContain('CERTIFICATE');
    expect(authorities.memberOf(await presented(buyer, 'buyer'))).toBeNull();
  });
});
