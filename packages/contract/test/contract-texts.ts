/** Packages made of texts, for tests. */

import type { ContractPackage } from '../src/package/contract-package.ts';
import { parseManifest } from '../src/package/read-package.ts';

/** Tables that the tests' functions use. */
export const SHOP_SCHEMA = `CREATE TABLE shop.item (
  id int4 PRIMARY KEY,
  label text NOT NULL UNIQUE CHECK (octet_length(label) <= 100),
  place int4 UNIQUE,
  amount numeric(12,2) NOT NULL,
  added timestamptz
);
CREATE TABLE shop.line (
  item int4 NOT NULL REFERENCES shop.item,
  no int4 NOT NULL,
  note text,
  PRIMARY KEY (item, no)
);
`;

/** Parts of a package that a test chooses. */
export interface ContractTexts {
  readonly manifest?: object;
  readonly schema?: string;
  readonly functions?: string;
  /** Texts of migrations by `from-to`. */
  readonly migrations?: Readonly<Record<string, string>>;
}

/** A package of these texts; the contract is called `shop`. */
export function contractOf(texts: ContractTexts): ContractPackage {
  const manifest = { name: 'shop', version: '1.0.0', functions: {}, ...texts.manifest };
  const manifestText = { file: 'contract.json', text: JSON.stringify(manifest, null, 2) };
  return {
    manifest: parseManifest(manifestText),
    manifestText,
    schema: { file: 'schema.sql', text: texts.schema ?? SHOP_SCHEMA },
    functions: { file: 'functions.sql', text: texts.functions ?? '' },
    migrations: Object.entries(texts.migrations ?? {}).map(([name, text]) => {
      const [from = '', to = ''] = name.split('-');
      return { file: `migrations/${name}.sql`, text, from, to };
    }),
    tests: [],
  };
}

/** A package with one function of this body, whose first statement stands in line 3. */
export function contractWithBody(body: string, declare = ''): ContractPackage {
  const functions = `CREATE FUNCTION shop.act(p int4, t text) RETURNS int4 LANGUAGE plpgsql AS $$${
    declare === '' ? '' : ` DECLARE ${declare}`
  }
BEGIN
${body}
END
$$;`;
  return contractOf({ functions, manifest: { functions: { act: {} } } });
}
