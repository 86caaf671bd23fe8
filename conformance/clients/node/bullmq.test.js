// A job queue of BullMQ, which does its work in scripts.

import assert from "node:assert/strict";
import { once } from "node:events";
import { after, afterEach, before, test } from "node:test";
import { FlowProducer, Queue, QueueEvents, Worker } from "bullmq";

import { startServer } from "./server.js";

let server;
let connection;
const open = [];
let queues = 0;

before(async () => {
  server = await startServer();
  const { hostname: host, port } = new URL(server.url);
  connection = { host, port: Number(port) };
});

after(() => server.stop());

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

function kept(each) {
  open.push(each);
  return each;
}

/** A queue with a name of its own, and what makes workers for it. */
async function queue(options = {}) {
  queues += 1;
  const name = `queue-${queues}`;
  const made = kept(new Queue(name, { connection, ...options }));
  const events = kept(new QueueEvents(name, { connection }));
  await events.waitUntilReady();
  const work = (process, workerOptions = {}) => kept(new Worker(name, process, { connection, ...workerOptions }));
  return { queue: made, events, work };
}

test("jobs are processed in order, and their results kept", async () => {
  const { queue: jobs, events, work } = await queue();
  const added = await jobs.addBulk([1, 2, 3].map((n) => ({ name: "double", data: { n } })));
  const seen = [];
  work(async (job) => {
    seen.push(job.data.n);
    await job.updateProgress(50);
    return job.data.n * 2;
  });
  const results = await Promise.all(added.map((job) => job.waitUntilFinished(events)));
  assert.deepEqual(results, [2, 4, 6]);
  assert.deepEqual(seen, [1, 2, 3]);
  assert.deepEqual(await jobs.getJobCounts("completed", "waiting", "active", "failed"), {
    completed: 3,
    waiting: 0,
    active: 0,
    failed: 0,
  });
});

test("a job of higher priority goes first", async () => {
  const { queue: jobs, events, work } = await queue();
  const added = [
    await jobs.add("low", {}, { priority: 10 }),
    await jobs.add("high", {}, { priority: 1 }),
    await jobs.add("middle", {}, { priority: 5 }),
  ];
  const seen = [];
  work(async (job) => {
    seen.push(job.name);
  });
  await Promise.all(added.map((job) => job.waitUntilFinished(events)));
  assert.deepEqual(seen, ["high", "middle", "low"]);
});

test("a failed job is tried again, and given up after its attempts", async () => {
  const { queue: jobs, events, work } = await queue();
  let calls = 0;
  work(async (job) => {
    calls += 1;
    if (job.name === "hopeless" || job.attemptsMade < 2) throw new Error(`attempt ${job.attemptsMade}`);
    return "done";
  });
  const options = { attempts: 3, backoff: { type: "fixed", delay: 10 } };
  const job = await jobs.add("flaky", {}, options);
  assert.equal(await job.waitUntilFinished(events), "done");
  assert.equal(calls, 3);
  const hopeless = await jobs.add("hopeless", {}, options);
  await assert.rejects(hopeless.waitUntilFinished(events), { message: "attempt 2" });
  assert.equal(await hopeless.getState(), "failed");
  await hopeless.retry();
  await assert.rejects(hopeless.waitUntilFinished(events), { message: /attempt/ });
});

test("a delayed job waits for its time", async () => {
  const { queue: jobs, events, work } = await queue();
  const before = Date.now();
  const job = await jobs.add("later", {}, { delay: 150 });
  assert.equal(await job.getState(), "delayed");
  work(async () => Date.now());
  const ran = await job.waitUntilFinished(events);
  assert.ok(ran - before >= 150, `ran after ${ran - before} ms`);
});

test("a rate limit holds jobs back", async () => {
  const { queue: jobs, events, work } = await queue();
  const limiter = { max: 2, duration: 200 };
  const added = await jobs.addBulk([1, 2, 3, 4].map((n) => ({ name: "limited", data: { n } })));
  const times = [];
  work(async () => times.push(Date.now()), { limiter });
  await Promise.all(added.map((job) => job.waitUntilFinished(events)));
  assert.ok(times[2] - times[0] >= 150, `the third came ${times[2] - times[0]} ms after the first`);
});

test("a parent runs after its children, with their values", async () => {
  const { queue: jobs, events, work } = await queue();
  const flow = kept(new FlowProducer({ connection }));
  const tree = await flow.add({
    name: "sum",
    queueName: jobs.name,
    children: [1, 2].map((n) => ({ name: "leaf", queueName: jobs.name, data: { n } })),
  });
  work(async (job) => {
    if (job.name === "leaf") return job.data.n;
    return Object.values(await job.getChildrenValues()).reduce((a, b) => a + b, 0);
  });
  assert.equal(await tree.job.waitUntilFinished(events), 3);
});

test("a repeated job comes again", async () => {
  const { queue: jobs, work } = await queue();
  await jobs.upsertJobScheduler("tick", { every: 50, limit: 3 }, { name: "tick" });
  let ticks = 0;
  const worker = work(async () => (ticks += 1));
  while (ticks < 3) await once(worker, "completed");
  assert.equal(ticks, 3);
});

test("a paused queue rests until it is resumed", async () => {
  const { queue: jobs, events, work } = await queue();
  await jobs.pause();
  const job = await jobs.add("patient", {});
  work(async () => "done");
  assert.equal(await jobs.isPaused(), true);
  assert.equal(await job.getState(), "waiting");
  await jobs.resume();
  assert.equal(await job.waitUntilFinished(events), "done");
});

test("what is cleaned away is gone", async () => {
  const { queue: jobs, events, work } = await queue();
  work(async () => "done");
  const job = await jobs.add("old", {});
  await job.waitUntilFinished(events);
  assert.deepEqual(await jobs.clean(0, 10, "completed"), [job.id]);
  assert.equal(await jobs.getJob(job.id), undefined);
  await jobs.obliterate({ force: true });
});
