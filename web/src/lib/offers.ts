// What the filter's line offers to whoever writes in it: fields, and values of a field.
import { ask, type Field, type Values } from './api';
import { valueAt, wordAt, written } from './filters';
import { count } from './format';

export interface Offer {
  text: string; // to be written
  begin: number; // from there to the caret
  label: string;
  note: string;
}

const MOST = 12;
const known = new Map<string, Promise<Values>>(); // what was asked before; a capture that grows may have more by then

function valuesOf(capture: number, field: string): Promise<Values> {
  const key = `${capture} ${field}`;
  let values = known.get(key);
  if (values === undefined) {
    values = ask<Values>('values', { capture, field });
    known.set(key, values);
    values.catch(() => known.delete(key));
    setTimeout(() => known.delete(key), 60_000);
  }
  return values;
}

/** Values that begin so, or whose name has that in it: those of the capture first. */
function offersOf({ type, named, seen }: Values, begin: number, word: string): Offer[] {
  const part = word.toLowerCase();
  const names = new Map(named.map(({ value, name }) => [String(value), name]));
  const here = seen.map(({ value, count: n }) => ({ value, label: names.get(value) ?? '', note: `× ${count(n)}` }));
  const others = named
    .filter(({ value }) => !seen.some((one) => one.value === String(value)))
    .map(({ value, name }) => ({ value: String(value), label: name, note: '' }));
  return [...here, ...others]
    .filter(({ value, label }) => value.toLowerCase().startsWith(part) || (part !== '' && label.toLowerCase().includes(part)))
    .slice(0, MOST)
    .map(({ value, label, note }) => ({ text: written(type, value), begin, label, note }));
}

export async function offersFor(capture: number, text: string, caret: number): Promise<Offer[]> {
  const value = valueAt(text, caret);
  if (value !== undefined) {
    const offers = offersOf(await valuesOf(capture, value.field), value.begin, value.word);
    return offers.length === 1 && offers[0]?.text === value.word ? [] : offers;
  }
  const { begin, word } = wordAt(text, caret);
  if (word.length < 2 || /^[0-9.]+$/.test(word)) return [];
  const { fields } = await ask<{ fields: Field[] }>('fields', { prefix: word, count: MOST });
  if (fields.length === 1 && fields[0]?.name === word) return [];
  return fields.map((field) => ({ text: field.name, begin, label: field.label, note: field.type.slice(3).toLowerCase() }));
}
