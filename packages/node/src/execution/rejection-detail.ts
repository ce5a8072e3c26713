/** What this node knows of a rejection beyond its receipt, as `bucordo.rejection_detail` writes it. */

import { noDetail, type OutcomeDetail } from '@bucordo/protocol';

/** The detail in the JSON text of `bucordo.rejection_detail`; null for NULL. */
export function rejectionDetail(json: string | null): OutcomeDetail | null {
  if (json === null) return null;
  const value: unknown = JSON.parse(json);
  const text = (name: string): string => {
    const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : '';
    return typeof found === 'string' ? found : '';
  };
  return {
    ...noDetail,
    sqlstate: text('sqlstate'),
    table: text('table'),
    constraint: text('constraint'),
    column: text('column'),
    text: text('text'),
  };
}
