// What the page will ask at once, asked before it is here.
import { kept, type Place, placeOf, usualColumns } from './place';

export type Arguments = Record<string, string | number | string[] | undefined>;

export const PAGE = 200; // rows that are asked for at a time

const asked = new Map<string, Promise<Response>>();

export function addressOf(question: string, given: Arguments): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) query.append(name, String(one));
  }
  return `/api/${question}?${query}`;
}

/** The arguments that ask for rows of a list. Behind the columns that are shown comes what the capture says of the packet. */
export function listOf({ capture, filter, sort }: Pick<Place, 'capture' | 'filter' | 'sort'>, columns: string[]): Arguments {
  return { capture, filter, columns: [...columns, 'frame.comment'].join(','), ...(sort === '' ? {} : { sort }) };
}

export function pageOf(list: Arguments, from: number, count: number, wait: number): Arguments {
  return { ...list, from, count, wait };
}

export function askFirst(): void {
  const place = placeOf(location.hash);
  const list = listOf(place, kept('columns', usualColumns));
  const questions = [addressOf('captures', {}), addressOf('colours', {})];
  if (place.view === 'packets') questions.unshift(addressOf('packets', pageOf(list, 0, PAGE, 100)));
  for (const question of questions) {
    const answer = fetch(question);
    answer.catch(() => undefined); // whoever takes it will see
    asked.set(question, answer);
  }
}

/** The answer that is on its way already; only once, for it may be another one later. */
export function takeFirst(address: string): Promise<Response> | undefined {
  const answer = asked.get(address);
  asked.delete(address);
  return answer;
}
