// Filters made from what is pointed at.
import type { Item } from './api';

const bare = new Set(['FT_NONE', 'FT_PROTOCOL']);
const quoted = new Set(['FT_STRING', 'FT_ABSOLUTE_TIME', 'FT_OID']);
const colons = new Set(['FT_BYTES', 'FT_UINT_BYTES']);

/** A filter that this field with this value matches. */
export function matching(item: Item): string {
  if (bare.has(item.type) || item.value === undefined || item.value === '') return item.field;
  return `${item.field} == ${written(item.type, item.value)}`;
}

/** A value as a filter writes it. */
export function written(type: string, value: string): string {
  if (quoted.has(type)) return `"${value.replace(/["\\]/g, '\\$&')}"`;
  if (colons.has(type)) return value.replace(/(..)(?=.)/g, '$1:');
  return value;
}

export function both(a: string, b: string, operator: '&&' | '||'): string {
  if (a.trim() === '') return b;
  const wrap = (text: string): string => (/&&|\|\||\b(and|or)\b/.test(text) ? `(${text})` : text);
  return `${wrap(a)} ${operator} ${wrap(b)}`;
}

export function not(a: string): string {
  return `!(${a})`;
}

/** The field whose value is being written at the caret, where that begins, and as much of it as there is. */
export function valueAt(text: string, caret: number): { field: string; begin: number; word: string } | undefined {
  const found = /([A-Za-z][A-Za-z0-9_.-]*)\s*(?:===?|!==?|[<>]=?|\b(?:eq|ne|gt|lt|ge|le|contains))\s*("?)([^\s"&|(){}]*)$/.exec(text.slice(0, caret));
  if (found === null) return undefined;
  const [, field = '', quote = '', word = ''] = found;
  return { field, begin: caret - word.length - quote.length, word };
}

/** The word that is being written at the caret: where it begins, and itself. */
export function wordAt(text: string, caret: number): { begin: number; word: string } {
  const word = /[A-Za-z0-9_.-]*$/.exec(text.slice(0, caret))?.[0] ?? '';
  return { begin: caret - word.length, word };
}
