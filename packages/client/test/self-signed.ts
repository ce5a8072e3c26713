/** A self-signed certificate for `localhost` and 127.0.0.1, made on the spot so that no key lies in the repository. */

import { generateKeyPairSync, sign } from 'node:crypto';

const ECDSA_SHA256 = der(0x30, Buffer.from('06082a8648ce3d040302', 'hex'));

/** Certificate and key, PEM; the certificate is its own authority. */
export function selfSigned(): { cert: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = der(
    0x30,
    der(0x31, der(0x30, Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from('localhost')))),
  );
  const validity = der(0x30, time(-1), time(1));
  const names = der(0x30, der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])));
  const extensions = der(
    0xa3,
    der(
      0x30,
      der(
        0x30,
        Buffer.from('0603551d13', 'hex'),
        Buffer.from('0101ff', 'hex'),
        der(0x04, Buffer.from('30030101ff', 'hex')),
      ),
      der(0x30, Buffer.from('0603551d11', 'hex'), der(0x04, names)),
    ),
  );
  const version = der(0xa0, Buffer.from('020102', 'hex'));
  const serial = Buffer.from('020101', 'hex');
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const body = der(0x30, version, serial, ECDSA_SHA256, name, validity, name, spki, extensions);
  const signature = sign('sha256', body, privateKey);
  const certificate = der(0x30, body, ECDSA_SHA256, der(0x03, Buffer.from([0]), signature));
  const lines = certificate.toString('base64').replace(/.{64}/g, '$&\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function time(daysFromNow: number): Buffer {
  const text = new Date(Date.now() + daysFromNow * 86_400_000)
    .toISOString()
    .replace(/[-:T]/g, '')
    .slice(2, 14);
  return der(0x17, Buffer.from(`${text}Z`));
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length;
  if (length < 128) return Buffer.concat([Buffer.from([tag, length]), content]);
  const head = length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), content]);
}
