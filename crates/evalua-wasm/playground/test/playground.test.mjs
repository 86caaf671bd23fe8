// The page that was built, in Debian's Chromium, as people use it.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { chromium } from "playwright-core";
import { serve } from "./serve.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
let browser;
let site;

before(async () => {
  site = await serve(here("../dist"));
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
});

after(async () => {
  await browser?.close();
  site?.server.close();
});

/** The page, once it is ready; it must not have complained when the test ends. */
async function open(t, { fragment = "", ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("request", (request) => {
    if (!request.url().startsWith(site.address) && !/^(data|blob):/.test(request.url())) complaints.push(`asked for ${request.url()}`);
  });
  t.after(async () => {
    await context.close();
    assert.deepEqual(complaints, []);
  });
  await page.goto(site.address + fragment);
  await page.waitForSelector("body[data-ready]");
  return page;
}

async function write(page, script) {
  await page.getByRole("textbox", { name: "Script" }).fill(script);
}

/** Runs, and gives the reply. */
async function run(page) {
  await page.getByRole("button", { name: "Run" }).click();
  await page.waitForSelector("body:not(.is-busy)");
  return page.locator("#reply").textContent();
}

test("the rate limiter limits, and frees when the clock has advanced", async (t) => {
  const page = await open(t);
  assert.equal(await page.locator("#keys").inputValue(), "user:123:requests");
  await page.locator("#args").fill("2 60");
  assert.equal(await run(page), "(integer) 1");
  assert.equal(await run(page), "(integer) 1");
  assert.equal(await run(page), "(integer) 0");
  await page.getByRole("button", { name: "Advance the clock by 60 seconds" }).click();
  await page.getByText("2023-11-14 22:14:20").waitFor();
  // A key lives to the end of its last millisecond.
  await page.getByRole("button", { name: "Advance the clock by 1 second" }).click();
  await page.locator("#keyspace [data-change=gone]").waitFor();
  assert.equal(await run(page), "(integer) 1");
});

test("an error of syntax is marked at its line", async (t) => {
  const page = await open(t);
  await write(page, "local a = 1\nlocal b = = 2\nreturn a");
  const marker = page.locator(".cm-gutter-lint .cm-lint-marker-error");
  await marker.waitFor();
  const line = await page.evaluate(() => {
    const top = (element) => Math.round(element.getBoundingClientRect().top);
    const at = top(document.querySelector(".cm-lint-marker-error").parentElement);
    return [...document.querySelectorAll(".cm-lineNumbers .cm-gutterElement")].find((element) => element.offsetHeight && top(element) === at)?.textContent;
  });
  assert.equal(line, "2");
  assert.match(await run(page), /^\(error\) ERR Error compiling script .* user_script:2:/);
  assert.equal(await page.locator(".failing-line").textContent(), "local b = = 2");
});

test("a finding of the lint is marked", async (t) => {
  const page = await open(t);
  await write(page, "if redis.call('GET', KEYS[1]) == nil then\n  return 0\nend\nreturn 1");
  const marker = page.locator(".cm-gutter-lint .cm-lint-marker-warning");
  await marker.hover();
  await page.getByText("the reply of GET is never nil").first().waitFor();
});

test("an endless loop ends with a message, and the page stays alive", async (t) => {
  const page = await open(t);
  await write(page, "while true do end");
  assert.match(await run(page), /^\(error\) ERR user_script:1: script exceeded its limit of 10000000 instructions/);
  await write(page, "local s = 'x' while true do s = s .. s end");
  assert.match(await run(page), /not enough memory/);
  // Nested as deep as it may be: the stack of a Worker is enough for that.
  for (const nested of [
    "local function f() return (string.gsub('a', 'a', f)) end f()",
    "local function f() table.sort({ 1, 2 }, f) end f()",
    "local t t = setmetatable({}, { __tostring = function() return tostring(t) end }) tostring(t)",
    "local t t = setmetatable({}, { __index = function(_, k) return t[k + 1] end }) return t[1]",
  ]) {
    await write(page, nested);
    assert.match(await run(page), /stack overflow/);
  }
  await write(page, "return 'alive'");
  assert.equal(await run(page), '"alive"');
});

test("the trace is stepped, with the keyspace before and after each command", async (t) => {
  const page = await open(t);
  await page.locator("#setup").fill("SET a 1");
  await page.locator("#keys").fill("a b");
  await page.locator("#args").fill("");
  await write(page, "redis.call('INCRBY', KEYS[1], 4)\nredis.pcall('NOSUCH')\nredis.call('RPUSH', KEYS[2], 'x', 'y')\nif false then\n  return 1\nend\nreturn redis.call('DEL', KEYS[1])");
  assert.equal(await run(page), "(integer) 1");
  const commands = page.locator("#trace button");
  assert.deepEqual(await commands.locator(".command").allTextContents(), ["INCRBY a 4", "NOSUCH ", "RPUSH b x y", "DEL a"]);
  await commands.first().click();
  await page.getByText("before and after command 1").waitFor();
  assert.deepEqual(await shownKeys(page), [["a", "changed", ['"1"', '"5"']]]);
  assert.equal(await page.locator(".calling-line").textContent(), "redis.call('INCRBY', KEYS[1], 4)");
  // By the keyboard, as any slider.
  await page.getByRole("slider", { name: "Command" }).focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.getByText("before and after command 3").waitFor();
  assert.deepEqual(await shownKeys(page), [["a", "same", ['"5"']], ["b", "new", ['1) "x"\n2) "y"']]]);
  await page.getByRole("button", { name: "The command after" }).click();
  await page.getByText("before and after command 4").waitFor();
  assert.deepEqual(await shownKeys(page), [["a", "gone", ['"5"']], ["b", "same", ['1) "x"\n2) "y"']]]);
  // And which lines ran.
  assert.equal(await page.locator("#coverage").textContent(), "5 of 6 lines ran");
  assert.equal(await page.locator(".runs .has-not-run").count(), 1);
  assert.equal(await page.locator(".runs .has-run").count(), 5);
});

const shownKeys = (page) =>
  page.locator("#keyspace article").evaluateAll((rows) =>
    rows.map((row) => [
      row.querySelector("h3").firstChild.textContent,
      row.dataset.change,
      [...row.querySelectorAll("pre")].map((pre) => pre.textContent),
    ]),
  );

test("a link brings back what was shared", async (t) => {
  const page = await open(t);
  await write(page, "return { KEYS[1], ARGV[1], 'ü' }");
  await page.locator("#keys").fill('"a key"');
  await page.locator("#args").fill("7");
  await page.locator("#setup").fill("SET x 1\nSET y 2");
  await page.getByRole("button", { name: "Share" }).click();
  await page.waitForFunction(() => location.hash.startsWith("#s="));
  const fragment = new URL(page.url()).hash;
  const other = await open(t, { fragment });
  assert.equal(await other.locator("#setup").inputValue(), "SET x 1\nSET y 2");
  assert.equal(await run(other), '1) "a key"\n2) "7"\n3) "\\xc3\\xbc"');
  await other.getByRole("radio", { name: "JSON" }).check();
  assert.deepEqual(JSON.parse(await other.locator("#reply").textContent()), ["a key", "7", "ü"]);
  assert.equal(await other.locator("#keyspace article").count(), 2);
  const broken = await open(t, { fragment: "#s=nothing" });
  await broken.getByText("The link is damaged").waitFor();
});

test("a link that unpacks to more than a program is refused", async (t) => {
  const packed = deflateRawSync(JSON.stringify({ script: " ".repeat(2 ** 21) })).toString("base64url");
  const page = await open(t, { fragment: `#s=${packed}` });
  await page.getByText("The link is damaged").waitFor();
});

test("a program that is too long for a link is not shared", async (t) => {
  const page = await open(t);
  await page.locator("#setup").evaluate((setup) => (setup.value = " ".repeat(2 ** 20)));
  await page.getByRole("button", { name: "Share" }).click();
  await page.getByText(/There is no link: the program has \d+ bytes/).waitFor();
  assert.equal(new URL(page.url()).hash, "");
});

test("very many keys and commands are counted, not listed", async (t) => {
  const page = await open(t);
  await page.locator("#setup").fill("");
  await write(page, "for i = 1, 30000 do redis.call('SET', '<b>' .. i, i) end return string.rep('x', 3e6)");
  assert.equal((await run(page)).length, 1_000_001);
  assert.equal(await page.locator("#trace button").count(), 1000);
  await page.getByText("and 29000 more commands").waitFor();
  assert.equal(await page.locator("#keyspace article").count(), 500);
  await page.getByText("and 29500 more keys").waitFor();
  assert.equal(await page.locator("#keyspace b, #trace b").count(), 0);
});

test("every example runs", async (t) => {
  const page = await open(t);
  const names = await page.locator("#examples option").evaluateAll((options) => options.map(({ value }) => value).filter(Boolean));
  assert.ok(names.length > 25);
  for (const name of names) {
    await page.locator("#examples").selectOption(name);
    await page.waitForFunction(() => document.querySelector("#reply").textContent === "");
    assert.doesNotMatch(await run(page), /^\(error\) ERR (user_script|Error compiling)/, name);
  }
});

test("it is used by the keyboard alone", async (t) => {
  const page = await open(t);
  await page.getByRole("textbox", { name: "Script" }).focus();
  await page.keyboard.press("Control+A");
  await page.keyboard.type("return 'typed'");
  await page.keyboard.press("Control+Enter");
  await page.getByText('"typed"').waitFor();
  const seen = [];
  for (let n = 0; n < 8; n++) {
    await page.keyboard.press("Tab");
    seen.push(await page.evaluate(() => document.activeElement.id));
  }
  assert.deepEqual(seen, ["keys", "args", "setup", "run", "reset", "second", "minute", ""]);
});

test("the page of the package's README prints", async (t) => {
  const readme = readFileSync(here("../../npm/README.md"), "utf8");
  const page = /^```html\n([^]*?)^```$/m.exec(readme)[1];
  const folder = here("../node_modules/evalua");
  const readmeSite = await serve(folder);
  t.after(() => readmeSite.server.close());
  const context = await browser.newContext();
  t.after(() => context.close());
  const shown = await context.newPage();
  await shown.route("**/example.html", (route) => route.fulfill({ contentType: "text/html", body: page }));
  await shown.goto(`${readmeSite.address}example.html`);
  await shown.getByText("3 HELLO").waitFor();
});

for (const [size, viewport] of Object.entries({ desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } })) {
  for (const colorScheme of ["light", "dark"]) {
    test(`nothing sticks out on a ${size}, ${colorScheme}`, async (t) => {
      const page = await open(t, { viewport, colorScheme });
      await page.locator("#examples").selectOption("transfer");
      await run(page);
      await page.locator("#trace button").last().click();
      await page.getByText(/before and after command/).waitFor();
      const { scroll, width, small } = await page.evaluate(() => ({
        scroll: document.documentElement.scrollWidth,
        width: document.documentElement.clientWidth,
        small: [...document.querySelectorAll("button, select")].filter((each) => each.offsetHeight > 0 && each.offsetHeight < 24).length,
      }));
      assert.equal(scroll, width);
      assert.equal(small, 0);
      if (process.env.SCREENSHOTS) {
        mkdirSync(process.env.SCREENSHOTS, { recursive: true });
        writeFileSync(`${process.env.SCREENSHOTS}/${size}-${colorScheme}.png`, await page.screenshot({ fullPage: true }));
      }
    });
  }
}
