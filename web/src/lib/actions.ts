// What several parts of the page do.
import { ask, type Packet } from './api';
import { app, go, tell } from './state.svelte';

/** The conversation that a packet belongs to. */
export async function openConversation(number: number): Promise<void> {
  try {
    const packet = await ask<Packet>('packet', { capture: app.capture, number });
    const stream = packet.tree.find((item) => item.field === 'tcp.stream')?.value;
    go({ view: 'conversation', packet: number, ...(stream === undefined ? {} : { stream: Number(stream) }) });
  } catch (error) {
    tell(error);
  }
}

export function showPackets(filter: string, packet = 0): void {
  go({ view: 'packets', filter, packet });
}

/** Saves a text as a file of this machine; it goes through no server. */
export function saveFile(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** What is asked for something that may change meanwhile: the answer of an older question is dropped. */
export function latest<T>(question: (signal: AbortSignal) => Promise<T>, take: (answer: T) => void): () => void {
  const abort = new AbortController();
  question(abort.signal).then(
    (answer) => !abort.signal.aborted && take(answer),
    (error: unknown) => !abort.signal.aborted && tell(error),
  );
  return () => abort.abort();
}
