// Filters made from what is pointed at.
import type { Item } from './api';

const bare = new Set(['FT_NONE', 'FT_PROTOCOL']);
const quoted = new Set(['FT_STRING', 'FT_ABSOLUTE_TIME', 'FT_OID']);
const colons = new Set(['FT_BYTES', 'FT_UINT_BYTES']);

/** A filter that this field with this value matches. */
export function matching(item: Item): string {
  if (bare.has(item.type) || item.value === undefined || item.value === '') return item.field;
  if (quoted.has(item.type)) return `${item.field} == "${item.value.replace(/["\\]/g, '\\$&')}"`;
  if (colons.has(item.type)) return `${item.field} == ${item.value.replace(/(..)(?=.)/g, '$1:')}`;
  return `${item.field} == ${item.value}`;
}

export function both(a: string, b: string, operator: '&&' | '||'): string {
  if (a.trim() === '') return b;
  const wrap = (text: string): string => (/&&|\|\||\b(and|or)\b/.test(text) ? `(${text})` : text);
  return `${wrap(a)} ${operator} ${wrap(b)}`;
}

export function not(a: string): string {
  return `!(${a})`;
}

/** The word that is being written at the caret: where it begins, and itself. */
export function wordAt(text: string, caret: number): { begin: number; word: string } {
  const word = /[A-Za-z0-9_.-]*$/.exec(text.slice(0, caret))?.[0] ?? '';
  return { begin: caret - word.length, word };
}
