// What stood in a line before, and may stand there again.
const KEPT = 100;

export class Undo {
  private past: string[] = [];
  private future: string[] = [];

  constructor(private now: string) {}

  /** The line has changed. */
  note(text: string): void {
    if (text === this.now) return;
    this.past = [...this.past, this.now].slice(-KEPT);
    this.future = [];
    this.now = text;
  }

  /** What stood there before, or after what was undone; the same if there is nothing. */
  step(back: boolean): string {
    const [from, to] = back ? [this.past, this.future] : [this.future, this.past];
    const text = from.pop();
    if (text === undefined) return this.now;
    to.push(this.now);
    this.now = text;
    return text;
  }
}
