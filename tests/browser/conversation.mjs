// A connection drawn as a ladder, what it carried, and the findings with their evidence.
import { readFileSync } from 'node:fs';
import { becomes, holds, inBrowser, pale, same } from './browser.mjs';

const steps = (page) => page.locator('.step .label').allTextContents();

async function ladder(page) {
  await page.keyboard.press('2');
  await becomes('the greeting, step by step', () => steps(page), [
    '[SYN] Seq=0', '[SYN, ACK] Seq=0 Ack=1', '[ACK] Seq=1 Ack=1', '[PSH, ACK] Seq=1 Ack=1 Len=18', '[ACK] Seq=1 Ack=19',
    '[FIN, ACK] Seq=19 Ack=1', '[ACK] Seq=1 Ack=20', '[FIN, ACK] Seq=1 Ack=20', '[ACK] Seq=20 Ack=2',
  ]);
  same('the states of the client', await page.locator('.state.new[text-anchor="end"]').allTextContents(),
    ['SYN_SENT', 'ESTABLISHED', 'CLOSE_WAIT', 'LAST_ACK', 'CLOSED']);
  await page.locator('.step[data-packet="2"]').hover();
  await becomes('a sentence for whoever points', () => page.getByRole('tooltip').locator('p').first().textContent(),
    "Handshake 2 of 3: the server agrees, confirms the client's number and chooses its own.");
  await page.locator('.step[data-packet="4"]').click();
  await becomes('the chosen packet is in the address', () => /packet=4/.test(page.url()), true);
  await page.keyboard.press('j');
  await becomes('j: the next step', () => page.locator('#says b').textContent(), '5');
}

async function language(page) {
  await page.getByRole('button', { name: '中文' }).click();
  await becomes('the story in Chinese', () => page.locator('#says p').first().textContent().then((s) => /[一-龥]/.test(s)), true);
  await page.getByRole('button', { name: 'English' }).click();
}

async function file(page) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save as SVG' }).click()]);
  const text = readFileSync(await download.path(), 'utf8');
  same('the drawing as a file', [download.suggestedFilename(), text.match(/\[SYN\] Seq=0/g)?.length], ['connection-0.svg', 1]);
  holds('with all steps and its own colours', text.includes('Seq=20 Ack=2') && /stroke="rgb/.test(text) && !text.includes('class='));
}

async function follow(page) {
  await becomes('what was carried', () => page.locator('.follow pre').allTextContents(), ['welcome to python!']);
  await page.getByRole('button', { name: 'Hex' }).click();
  await becomes('as hex', () => page.locator('.follow pre').first().textContent().then((s) => s.slice(0, 31)), '000000  77 65 6c 63 6f 6d 65 20');
  await page.getByRole('button', { name: 'Text', exact: true }).click();
  await page.getByRole('searchbox').fill('PYTHON');
  await becomes('search', () => page.locator('.follow mark').allTextContents(), ['python']);
}

async function messages(page, origin) {
  await page.goto(`${origin}/#conversation?capture=2&stream=0`);
  await page.getByRole('button', { name: 'HTTP' }).click();
  await becomes('HTTP messages', () => page.locator('.follow .head').allTextContents().then((list) => list.map((s) => s.split('\n')[0])),
    ['GET /page HTTP/1.1', 'HTTP/1.1 200 OK', 'POST /form HTTP/1.1', 'HTTP/1.1 201 Created', 'GET /gone HTTP/1.1', 'HTTP/1.1 404 Not Found']);
}

async function findings(page, origin, picture) {
  await page.goto(`${origin}/#findings?capture=1`);
  await becomes('worst first', () => page.locator('article .badge').first().textContent(), 'bad');
  const card = page.locator('article', { hasText: 'nothing listens on port 80' });
  await picture('findings');
  await card.getByRole('button', { name: 'Evidence' }).click();
  await becomes('evidence', () => page.locator('.row .cell').nth(6).textContent().then((s) => s.includes('[RST, ACK]')), true);
  await page.goBack();
  await page.locator('article', { hasText: 'window was closed' }).getByRole('button', { name: 'Open the conversation' }).click();
  await becomes('a closed window is shaded', () => page.locator('.shade').count(), 1);
  await picture('ladder');
}

/** From a packet of the list to its conversation. */
async function fromPacket(page, origin) {
  await page.goto(`${origin}/#packets?capture=1&packet=15`);
  await page.locator('.tree .layer').first().waitFor();
  await page.keyboard.press('2');
  await becomes('the conversation of the selected packet', () => /stream=2/.test(page.url()), true);
  await becomes('which is still selected', () => page.locator('#says b').textContent(), '15');
}

/** All that is written can be read, in both themes. */
async function contrast(page, origin) {
  for (const theme of ['light', 'dark']) {
    for (const view of ['packets?capture=1&packet=15', 'conversation?capture=1&stream=2&packet=15', 'graphs?capture=1', 'tables?capture=1', 'findings?capture=1']) {
      await page.goto(`${origin}/#${view}`);
      await page.waitForTimeout(400);
      same(`${theme}, ${view}: contrast`, await pale(page, theme === 'light' ? '.row *' : '.none'), []);
    }
    await page.getByRole('button', { name: 'Light or dark' }).click();
  }
}

await inBrowser(async ({ page, picture, address }) => {
  const { origin } = new URL(address);
  await page.locator('.row').first().waitFor();
  await ladder(page);
  await language(page);
  await file(page);
  await follow(page);
  await messages(page, origin);
  await findings(page, origin, picture);
  await fromPacket(page, origin);
  await contrast(page, origin);
});
