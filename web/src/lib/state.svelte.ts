// What the whole page shares. What is looked at is in the address: a link is a view.
import type { Capture, Colour } from './api';
import { ask } from './api';
import { keep, kept, type Place, placeOf, usualColumns, type View } from './place';

export { keep, usualColumns, type View, views } from './place';

export type Language = 'en' | 'zh';
export type Theme = 'light' | 'dark';

export const app = $state({
  captures: [] as Capture[],
  version: '',
  colours: [] as Colour[],
  capture: 0,
  view: 'packets' as View,
  filter: '',
  packet: 0,
  stream: 0,
  table: 'conversations',
  sort: '',
  columns: kept<string[]>('columns', usualColumns),
  language: kept<Language>('language', navigator.language.startsWith('zh') ? 'zh' : 'en'),
  theme: kept<Theme>('theme', matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'),
  history: kept<string[]>('history', []),
  saved: kept<string[]>('saved', []),
  help: false,
  starting: false, // the panel that starts a capture is open
  learning: false,
  colouring: false, // the panel of colours is open
  painted: 0, // changes with the rules of colours
  trouble: '',
});

function address(): string {
  const query = new URLSearchParams();
  if (app.capture > 0) query.set('capture', String(app.capture));
  if (app.filter !== '') query.set('filter', app.filter);
  if (app.packet > 0) query.set('packet', String(app.packet));
  if (app.view === 'packets' && app.sort !== '') query.set('sort', app.sort);
  if (app.view === 'conversation') query.set('stream', String(app.stream));
  if (app.view === 'tables') query.set('table', app.table);
  const text = query.toString();
  return `#${app.view}${text === '' ? '' : `?${text}`}`;
}

/** Goes there. A step that "back" undoes, unless it is a small one. */
export function go(place: Partial<Place>, small = false): void {
  Object.assign(app, place);
  const to = address();
  if (to === location.hash) return;
  if (small) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
}

/** Reads where the address leads. */
export function arrive(): void {
  if (location.hash === '#learn') {
    app.learning = true;
    history.replaceState(null, '', location.pathname);
  }
  Object.assign(app, placeOf(location.hash));
}

/** Another filter, kept in the history. */
export function applyFilter(text: string): void {
  const filter = text.trim();
  if (filter !== '') {
    app.history = [filter, ...app.history.filter((old) => old !== filter)].slice(0, 30);
    keep('history', app.history);
  }
  go({ filter });
}

export function setColumns(columns: string[]): void {
  app.columns = columns;
  keep('columns', columns);
}

export function setTheme(theme: Theme): void {
  app.theme = theme;
  keep('theme', theme);
}

export function setLanguage(language: Language): void {
  app.language = language;
  keep('language', language);
}

export async function begin(): Promise<void> {
  // the token has become a cookie: it need not stand in the address
  if (location.search !== '') history.replaceState(null, '', location.pathname + location.hash);
  arrive();
  addEventListener('popstate', arrive);
  addEventListener('hashchange', arrive);
  const [about, colours] = await Promise.all([
    ask<{ version: string; captures: Capture[] }>('captures'),
    ask<{ colours: Colour[] }>('colours'),
  ]);
  app.version = about.version;
  app.colours = colours.colours;
  app.captures = about.captures;
  if (app.capture >= app.captures.length) app.capture = 0;
  app.starting = app.captures.length === 0 && !app.learning;
  void watch();
}

/** Other rules: rows are coloured anew. */
export async function refreshColours(): Promise<void> {
  app.colours = (await ask<{ colours: Colour[] }>('colours')).colours;
  app.painted++;
}

export async function refreshCaptures(): Promise<void> {
  app.captures = (await ask<{ captures: Capture[] }>('captures')).captures;
}

/** While a capture runs, its numbers change. */
async function watch(): Promise<void> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    if (!app.captures.some((c) => c.live?.running)) continue;
    await refreshCaptures().catch(() => undefined);
  }
}

/** Shows what went wrong; an abandoned question is nothing wrong. */
export function tell(error: unknown): void {
  if (error instanceof DOMException && error.name === 'AbortError') return;
  app.trouble = error instanceof Error ? error.message : String(error);
}
