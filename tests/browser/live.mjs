// A capture started from the page, and the lesson: both of the greeting, on the loopback interface.
import { spawn } from 'node:child_process';
import { becomes, holds, inBrowser, rows, same } from './browser.mjs';

const PORT = 12377;

/** The greeting server; ended by the caller. */
async function server() {
  const child = spawn(process.env.LAMNA, ['serve', '--port', String(PORT)]);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

function connect() {
  return new Promise((resolve) => spawn(process.env.LAMNA, ['connect', '127.0.0.1', String(PORT)]).once('close', resolve));
}

async function capture(page, picture) {
  await page.getByRole('button', { name: /Capture/ }).click();
  const line = page.locator('label', { hasText: '127.0.0.1' });
  await becomes('what the interface carries is drawn', () => line.locator('polyline').getAttribute('points').then((s) => (s ?? '').split(' ').length >= 3), true);
  await becomes('and told: the page and its server at least', () => line.getByRole('img').getAttribute('aria-label').then((s) => parseInt(s) > 0), true);
  await picture('interfaces');
  await line.click();
  await page.getByLabel(/^Capture filter/).fill('no such filter');
  await page.getByRole('button', { name: /Start/ }).click();
  await page.getByRole('dialog').getByRole('alert').waitFor();
  await page.getByLabel(/^Capture filter/).fill(`tcp port ${PORT}`);
  await page.getByRole('button', { name: /Start/ }).click();
  await becomes('nothing yet', () => page.locator('#shown').textContent(), '0 packets');
  const greeting = await server();
  try {
    await connect();
    await becomes('the greeting comes while it is captured', () => rows(page).then((list) => list.length), 9);
    await connect();
    await becomes('and the next one', () => page.locator('#shown').textContent(), '18 packets');
  } finally {
    greeting.kill('SIGINT');
  }
  await page.locator('.row', { hasText: 'Len=18' }).first().click();
  await becomes('fields of a packet, live', () => page.locator('.tree .layer').last().textContent().then((s) => s.includes('Data (18 bytes)')), true);
  await picture('live');
  await page.reload();
  await becomes('nothing is lost when the page comes again', () => page.locator('#shown').textContent(), '18 packets');
  await page.getByRole('button', { name: /Stop/ }).click();
  await becomes('stopped', () => page.getByRole('button', { name: /● Capture/ }).count(), 1);
  await becomes('and all is there', () => page.locator('#shown').textContent(), '18 packets');
}

async function lesson(page, picture) {
  await page.getByRole('button', { name: 'Learn' }).click();
  const card = page.locator('.lesson');
  const next = card.getByRole('button', { name: 'Next' });
  await becomes('nine packets', () => page.locator('.step').count(), 9);
  for (let i = 0; i < 9; i++) await next.click();
  await becomes('told to the end', () => card.locator('.muted').first().textContent().then((s) => s.includes('closed first')), true);
  await next.click();
  holds('a question holds you up', await next.isDisabled());
  await page.locator('.step[data-packet="2"]').click();
  await becomes('a wrong answer', () => card.locator('.wrong').count(), 1);
  for (const packet of [4, 3, 5, 6]) {
    await page.locator(`.step[data-packet="${packet}"]`).click();
    await becomes(`packet ${packet} is right`, () => card.locator('.right').count(), 1);
    if (packet === 4) await picture('lesson');
    await next.click();
  }
  same('the end', await card.getByRole('button', { name: 'Once more' }).count(), 1);
}

await inBrowser(async ({ page, picture }) => {
  await page.locator('.row').first().waitFor();
  await capture(page, picture);
  await lesson(page, picture);
});
