// What the server answers: docs/api.md. Nothing leaves this machine.
import { addressOf, type Arguments, takeFirst } from './first';

export interface Capture {
  capture: number;
  name: string;
  size: number;
  format?: string;
  compression?: string;
  error?: string;
  live?: { running: boolean; packets: number; dropped: number; problem?: string };
}

export interface Interface {
  name: string;
  description: string | null;
  addresses: string;
  up: boolean;
  running: boolean;
  loopback: boolean;
  packets?: number; // that it has carried so far
  bytes?: number;
}

/** Number, index of its colour, then a text for each column. */
export type Row = [number, number, ...string[]];

export interface ListState {
  done: boolean;
  total: number;
  scanned: number;
  size: number;
  problem?: string;
}

export interface Page extends ListState {
  from: number;
  rows: Row[];
}

export interface Item {
  level: number;
  field: string;
  type: string;
  label: string;
  value?: string;
  source: number;
  offset: number;
  length: number;
  generated?: boolean;
}

export interface Packet {
  number: number;
  time: string;
  tree: Item[];
  sources: { name: string; length: number; hex: string }[];
}

export interface Remark {
  packet: number;
  marked: boolean;
  comment: string;
}

export interface Place {
  message: string;
  hint: string;
  begin: number;
  end: number;
}

export interface FilterCheck {
  ok: boolean;
  error?: Place;
  warnings?: Place[];
}

export interface Field {
  name: string;
  type: string;
  label: string;
}

/** Values that a filter may compare a field with. */
export interface Values {
  field: string;
  type: string;
  named: { value: number; name: string }[];
  seen: { value: string; count: number }[];
}

export interface Colour {
  name: string;
  filter: string;
  text: string;
  background: string;
}

export type Cell = string | number | null;

export interface Table<R = Record<string, Cell>> {
  columns: { name: string; title: string; type: string }[];
  rows: R[];
  count: number;
  more: boolean;
}

export interface Step {
  stream: number;
  packet: number;
  time: number;
  from: 'client' | 'server';
  flags: string;
  seq: number;
  ack: number | null;
  length: number;
  window: number | null;
  note: string;
  client_before: string;
  client_after: string;
  server_before: string;
  server_after: string;
  step: string;
  client: string;
  client_port: number;
  server: string;
  server_port: number;
  begins: string[];
  says: string[];
  folds: string[];
  ends: string[];
  mark: string;
}

export interface Finding {
  severity: 'bad' | 'warning' | 'note';
  rule: string;
  stream: number | null;
  client: string;
  server: string;
  text: string;
  count: number;
  first_packet: number | null;
  cost: number | null;
  filter: string;
  advice: string;
  packets: string;
  bytes: number | null;
  doubt: string;
}

export interface Chunk {
  stream: number;
  from: 'client' | 'server';
  packet: number;
  time: number;
  missing: number;
  length: number;
  head?: string;
  text: string;
  hex: string;
}

export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly hint = '',
  ) {
    super(message);
  }
}

/** Asks one question; a Refusal if the server has an objection, or is not there (status 0). */
export function ask<T>(question: string, given: Arguments = {}, signal?: AbortSignal): Promise<T> {
  return request<T>('GET', question, given, signal);
}

/** Lets something be done. */
export function order<T>(what: string, given: Arguments = {}, body?: string): Promise<T> {
  return request<T>('POST', what, given, undefined, body);
}

async function request<T>(method: string, question: string, given: Arguments, signal?: AbortSignal, body?: string): Promise<T> {
  const address = addressOf(question, given);
  let answer: Response;
  try {
    answer = await ((method === 'GET' ? takeFirst(address) : undefined) ?? fetch(address, { method, ...(signal ? { signal } : {}), ...(body === undefined ? {} : { body }) }));
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refusal(0, 'lamna web has ended, or cannot be reached.');
  }
  const text = await answer.text();
  if (answer.ok) return JSON.parse(text) as T;
  let message = text.trim();
  let hint = '';
  try {
    ({ message, hint } = (JSON.parse(text) as { error: { message: string; hint: string } }).error);
  } catch {
    // not from the API: a line of text
  }
  throw new Refusal(answer.status, message, hint);
}
