// Where the parts of a ladder are drawn.
//
//     0        number   time   states  LEFT                       RIGHT  states      width
import type { Step } from './api';

export const STEP = 48; // height of a step
export const SLANT = 16; // how much lower an arrow arrives
const HEAD = 58;
const HEADING = 34;
const FOLD = 26;
const AT_ONCE = 38; // how much higher what was sent at the same moment begins

export type Kind = '' | 'again' | 'odd' | 'bad';

export interface Drawn {
  step: Step;
  y: number;
  begin: number; // of the arrow
  headings: { y: number; text: string }[];
  fold: { y: number; text: string } | undefined;
  kind: Kind;
  label: string;
  first: boolean;
}

export interface Shade {
  server: boolean;
  from: number;
  to: number;
}

export interface Drawing {
  steps: Drawn[];
  shades: Shade[]; // where an end had no room
  height: number;
}

function kindOf(step: Step): Kind {
  if (step.flags.includes('RST')) return 'bad';
  if (step.note.includes('retransmission')) return 'again';
  if (step.note.startsWith('zero_window') || step.note === 'window_full') return 'bad';
  return step.note === '' ? '' : 'odd';
}

function labelOf(step: Step): string {
  const ack = step.ack === null ? '' : ` Ack=${step.ack}`;
  const length = step.length > 0 ? ` Len=${step.length}` : '';
  return `[${step.flags.replaceAll(',', ', ')}] Seq=${step.seq}${ack}${length}`;
}

function counts(step: Step): boolean {
  return !/SYN|RST/.test(step.flags);
}

function shadesOf(steps: Drawn[], end: number): Shade[] {
  const shades: Shade[] = [];
  for (const server of [false, true]) {
    let since = -1;
    for (const { step, y } of steps) {
      if ((step.from === 'server') !== server) continue;
      const full = counts(step) && step.window === 0;
      if (full && since < 0) since = y;
      if (!full && since >= 0) {
        shades.push({ server, from: since, to: y });
        since = -1;
      }
    }
    if (since >= 0) shades.push({ server, from: since, to: end });
  }
  return shades;
}

export function draw(rows: Step[]): Drawing {
  let y = HEAD;
  const steps = rows.map((step, i): Drawn => {
    const headings = step.begins.map((text) => {
      y += HEADING;
      return { y: y - HEADING + 4, text };
    });
    const here = y;
    const together = i > 0 && (step.step === 'both_syn' || step.step === 'both_fin');
    y += STEP;
    const fold = step.folds[0] === undefined ? undefined : { y, text: step.folds[0] };
    if (fold !== undefined) y += FOLD;
    return { step, y: here, begin: together ? here - AT_ONCE : here, headings, fold, kind: kindOf(step), label: labelOf(step), first: i === 0 };
  });
  return { steps, shades: shadesOf(steps, y), height: y + 12 };
}
