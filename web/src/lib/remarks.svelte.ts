// Marks and comments on packets. The server keeps them; they are saved with a copy of the capture.
import { ask, order, type Remark } from './api';
import { addressOf } from './first';
import { app, tell } from './state.svelte';

/** In the order of the packets, of the capture that is looked at. */
export const remarks = $state({ list: [] as Remark[], writing: 0 }); // writing: the packet that is commented on

export async function loadRemarks(capture: number): Promise<void> {
  const answer = await ask<{ remarks: Remark[] }>('remarks', { capture });
  if (capture === app.capture) remarks.list = answer.remarks;
}

export function remarkOn(packet: number): Remark {
  return remarks.list.find((remark) => remark.packet === packet) ?? { packet, marked: false, comment: '' };
}

async function set({ packet, marked, comment }: Remark): Promise<void> {
  try {
    await order('remark', { capture: app.capture, number: packet, marked: Number(marked), comment });
    await loadRemarks(app.capture);
  } catch (error) {
    tell(error);
  }
}

export function toggleMark(packet: number): void {
  if (packet === 0) return;
  const remark = remarkOn(packet);
  void set({ ...remark, marked: !remark.marked });
}

export function comment(packet: number, text: string): void {
  void set({ ...remarkOn(packet), comment: text.trim() });
}

/** The packets with a remark, as a filter. */
export function remarked(): string {
  return `frame.number in {${remarks.list.map((remark) => remark.packet).join(', ')}}`;
}

/** Has the browser save a copy of the capture, with all remarks: all packets, or those of the filter. */
export function saveCopy(filter: string): void {
  const name = app.captures[app.capture]?.name.split('/').at(-1) ?? 'capture';
  const link = document.createElement('a');
  link.href = addressOf('save', { capture: app.capture, ...(filter === '' ? {} : { filter }) });
  link.download = `${name.replace(/\.(pcapng|pcap|cap|dmp|ntar)?(\.(gz|zst|lz4))?$/, '')}-copy.pcapng`;
  link.click();
}
