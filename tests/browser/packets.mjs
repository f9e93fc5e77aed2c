// The three panes: list, fields and bytes; filters; remarks; the keyboard; what the address says.
import { readFileSync } from 'node:fs';
import { applyFilter, becomes, firstRows, holds, inBrowser, rows, same } from './browser.mjs';

const numbers = async (page) => (await rows(page)).map((row) => Number(row[0]));
const marked = (page) => page.locator('.hex i.marked').evaluateAll((list) => list.map((i) => Number(i.dataset.at)));
const fieldRow = (page, name) => page.locator(`.tree [title="${name}"]`).first();

async function list(page) {
  await becomes('all packets', () => numbers(page), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const first = (await rows(page))[0];
  same('a row', first, ['1', '0.000000', '127.0.0.1', '127.0.0.1', 'TCP', '54', '49320 → 12345 [SYN] Seq=0 Win=65535 Len=0']);
  same('how many', await page.locator('#shown').textContent(), '9 packets');
  holds('the token is gone from the address', !page.url().includes('token'));
}

async function keyboard(page) {
  for (let i = 0; i < 4; i++) await page.keyboard.press('j');
  await becomes('j goes down', () => page.locator('.row.selected .cell').first().textContent().then((s) => s.trim()), '4');
  await page.keyboard.press('k');
  await becomes('k goes up', () => page.url().match(/packet=(\d+)/)?.[1], '3');
  await page.keyboard.press('n');
  await becomes('n: the next of the connection', () => page.url().match(/packet=(\d+)/)?.[1], '4');
  await page.keyboard.press('?');
  await becomes('? opens the help', () => page.getByRole('dialog').count(), 1);
  await page.keyboard.press('Escape');
  await becomes('and Escape closes it', () => page.getByRole('dialog').count(), 0);
}

async function fields(page) {
  await becomes('layers of packet 4', () => page.locator('.tree .layer').count(), 5);
  await fieldRow(page, 'tcp').locator('.twist').click();
  await fieldRow(page, 'tcp.dstport').click();
  await becomes('a field marks its bytes', () => marked(page), [36, 37]);
  await page.locator('.hex i[data-at="23"]').click();
  await becomes('a byte selects its field', () => page.locator('.tree .selected').getAttribute('title'), 'ip.proto');
  await page.locator('.tree').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  same('arrows walk through the fields', await page.locator('.tree .selected').getAttribute('title'), 'ip.proto');
  await fieldRow(page, 'tcp.dstport').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Add as a column' }).click();
  await becomes('a field as a column', () => rows(page).then((list) => list[0]?.[6]), '12345');
  await page.getByRole('columnheader', { name: 'tcp.dstport' }).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'The usual columns' }).click();
  await becomes('and away', () => page.locator('.head .cell').count(), 7);
}

async function filter(page) {
  const input = page.locator('#filter');
  const looks = () => input.getAttribute('class').then((c) => /\b(right|wrong|odd)\b/.exec(c ?? '')?.[0] ?? '');
  await page.keyboard.press('/');
  await page.keyboard.type('tcp.flags.fi');
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.type(' == 1');
  await becomes('completed', () => input.inputValue(), 'tcp.flags.fin == 1');
  await becomes('green', looks, 'right');
  await page.keyboard.press('Enter');
  await becomes('applied', () => numbers(page), [6, 8]);
  holds('the filter is in the address', decodeURIComponent(page.url()).replace(/\+/g, ' ').includes('filter=tcp.flags.fin == 1'));
  await input.fill('tcp.prt == 1');
  await becomes('red', looks, 'wrong');
  await becomes('with the reason', () => page.locator('#filter-message').textContent(), 'There is no field or protocol "tcp.prt" Did you mean "tcp.port"?');
  await page.goBack();
  await page.goBack();
  await becomes('back: no filter', () => numbers(page), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await applyFilter(page, 'udp');
  await becomes('none', () => page.locator('.none').textContent(), 'No packet matches this filter.');
  await applyFilter(page, '');
}

async function values(page) {
  const input = page.locator('#filter');
  const offered = () => page.getByRole('option').evaluateAll((list) => list.map((one) => one.querySelector('b').textContent));
  await input.fill('');
  await input.pressSequentially('tcp.port == ');
  await becomes('ports of the capture are offered', offered, ['12345', '49320']);
  await page.keyboard.type('4');
  await becomes('those that begin so', offered, ['49320']);
  await page.keyboard.press('Tab');
  await becomes('completed', () => input.inputValue(), 'tcp.port == 49320');
  await input.fill('');
  await input.pressSequentially('icmp.type == unrea');
  await becomes('a value by its name', offered, ['3']);
  await input.fill('ip.addr == 127.0.0.1');
  await input.press('Enter');
  await input.fill('ip.addr == 127.0.0.2');
  await input.press('Control+z');
  await becomes('undone', () => input.inputValue(), 'ip.addr == 127.0.0.1');
  await input.press('Control+Shift+z');
  await becomes('and done again', () => input.inputValue(), 'ip.addr == 127.0.0.2');
  await page.getByRole('button', { name: 'Undo' }).click();
  await becomes('the button undoes and applies', () => numbers(page).then((list) => list.length), 9);
  await applyFilter(page, '');
}

async function remarks(page, picture) {
  const cell = (n) => page.locator('.row').nth(n - 1).locator('.cell').first();
  await page.locator('.row').nth(3).click();
  await page.keyboard.press('m');
  await becomes('m marks', () => cell(4).textContent().then((s) => s.trim()), '⚑4');
  await page.keyboard.press('c');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill('the greeting <b>');
  await page.keyboard.press('Control+Enter');
  await becomes('a comment', () => page.locator('.row').nth(3).getAttribute('title'), 'the greeting <b>');
  await becomes('stands over the fields', () => page.locator('.remark').textContent().then((s) => s.includes('the greeting <b>')), true);
  await cell(6).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Mark' }).click();
  await page.getByRole('button', { name: '⚑ 2' }).click();
  await becomes('those with remarks', async () => (await rows(page)).map((row) => row[0]), ['⚑4', '⚑6']);
  await page.goBack();
  await page.getByRole('button', { name: 'Save as' }).click();
  await picture('remarks');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'All packets' }).click()]);
  const bytes = readFileSync(await download.path());
  same('a copy with comments', [download.suggestedFilename(), bytes.includes('the greeting <b>'), bytes.readUInt32LE(0)],
    ['greeting-copy.pcapng', true, 0x0a0d0d0a]);
  await page.reload();
  await becomes('kept when the page comes again', () => cell(4).textContent().then((s) => s.trim()), '⚑4');
  for (const n of [4, 6]) {
    await page.locator('.row').nth(n - 1).click();
    await page.keyboard.press('m');
  }
  await becomes('unmarked', () => cell(6).textContent().then((s) => s.trim()), '6');
  await page.locator('.row').nth(3).click();
  await page.keyboard.press('c');
  await dialog.getByRole('textbox').fill('');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await becomes('and forgotten', () => cell(4).textContent().then((s) => s.trim()), '4');
}

async function sorting(page) {
  const head = (name) => page.getByRole('columnheader', { name });
  await head('Length').click();
  await becomes('sorted by length', () => numbers(page), [1, 2, 3, 5, 6, 7, 8, 9, 4]);
  same('the heading says so', await head('Length').getAttribute('aria-sort'), 'ascending');
  await page.locator('.row').last().click();
  await becomes('a row is selected where it stands', () => page.locator('.row.selected .cell').first().textContent().then((s) => s.trim()), '4');
  await head('Time').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await becomes('by time, latest first, with the keyboard', () => numbers(page), [9, 8, 7, 6, 5, 4, 3, 2, 1]);
  await becomes('what was selected still is', () => page.locator('.row.selected .cell').first().textContent().then((s) => s.trim()), '4');
  holds('it is in the address', page.url().includes('sort=-time'));
  await applyFilter(page, 'tcp.flags.fin == 1');
  await becomes('what is filtered is sorted, too', () => numbers(page), [8, 6]);
  await applyFilter(page, '');
  await head('Info').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'As captured' }).click();
  await becomes('as captured again', () => numbers(page), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

async function colours(page, picture) {
  const ground = (n) => page.locator('.row').nth(n - 1).evaluate((row) => getComputedStyle(row).backgroundColor);
  await page.locator('.row').first().click();
  await page.getByRole('button', { name: 'Colours' }).click();
  const rules = '# mine\n@greeting@tcp.len > 0@[0,0,65535][65535,65535,65535]\n@<b>wrong@tcp.prt == 1@[0,0,0][1,1,1]\nnothing\n!@off@udp@[0,0,0][1,1,1]\n';
  await page.locator('input[type=file]').setInputFiles({ name: 'colorfilters', mimeType: 'text/plain', buffer: Buffer.from(rules) });
  await becomes('one rule is taken', () => page.getByRole('status').textContent(), '1 rules were taken.');
  const said = await page.locator('.problems li').allTextContents();
  same('those that cannot be are named', said.map((text) => text.split(':')[0]), ['Line 3, <b>wrong', 'Line 4']);
  holds('with the reason', said[0].includes('There is no field or protocol "tcp.prt"'));
  await picture('colours');
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await becomes('rows have their colours', async () => [await ground(4), await ground(5)], ['rgb(0, 0, 255)', 'rgba(0, 0, 0, 0)']);
  await page.getByRole('button', { name: 'Colours' }).click();
  await page.getByRole('button', { name: 'The usual ones' }).click();
  await page.keyboard.press('Escape');
  await becomes('and the usual ones again', () => ground(4), 'rgb(231, 230, 255)');
}

async function link(page, context) {
  const other = await context.newPage();
  const url = new URL(page.url());
  await other.goto(`${url.origin}/#packets?filter=tcp.len+%3E+0&packet=4`);
  await becomes('a link is a view', () => numbers(other), [4]);
  await becomes('with its packet', () => other.locator('.tree .layer').count(), 5);
  await other.close();
}

async function faces(page, picture) {
  await page.getByRole('button', { name: 'Light or dark' }).click();
  same('dark', await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await picture('packets-dark');
  await page.getByRole('button', { name: '中文' }).click();
  await becomes('Chinese', () => page.getByRole('tab').first().textContent(), '数据包');
  await picture('packets-chinese');
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('button', { name: 'Light or dark' }).click();
}

/** On a narrow screen nothing is out of reach. */
async function narrow(page, picture) {
  await page.setViewportSize({ width: 820, height: 1180 });
  await becomes('narrow: nothing sticks out', () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  const info = await page.locator('.row .cell').nth(6).boundingBox();
  holds('narrow: the last column is seen', info.x + 200 < 820);
  await picture('packets-narrow');
}

await inBrowser(async ({ page, picture, context }) => {
  await firstRows(page, 'a small file', 3000);
  await list(page);
  await keyboard(page);
  await fields(page);
  await picture('packets');
  await filter(page);
  await values(page);
  await remarks(page, picture);
  await sorting(page);
  await colours(page, picture);
  await link(page, context);
  await faces(page, picture);
  await narrow(page, picture);
});
