// A server for the length of a test run: evalua, or the real one for comparison.
//
// EVALUA_SERVER chooses: the path of a program to be called as `PROGRAM serve --port 0`, or the word
// redis-server. The default is the debug build of this checkout.

import { spawn } from "node:child_process";
import { createServer, connect } from "node:net";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const program =
  process.env.EVALUA_SERVER ?? fileURLToPath(new URL("../../../target/debug/evalua", import.meta.url));

/** Whether it is evalua. */
export const isEvalua = program !== "redis-server";

/** Starts it; gives its URL and a function that stops it. */
export async function startServer() {
  return isEvalua ? startEvalua() : startRedis();
}

async function startEvalua() {
  const child = spawn(program, ["serve", "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface(child.stdout);
  const [line] = await Promise.race([
    once(lines, "line"),
    once(child, "exit").then(([status]) => Promise.reject(new Error(`${program} ended with ${status}`))),
  ]);
  const url = line.match(/redis:\S+$/)[0];
  return { url, stop: () => stop(child) };
}

async function startRedis() {
  const port = await freePort();
  const options = ["--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const child = spawn(program, options, { stdio: ["ignore", "ignore", "inherit"] });
  for (let attempt = 0; !(await answers(port)); attempt += 1) {
    if (attempt === 200 || child.exitCode !== null) throw new Error("redis-server does not answer");
    await sleep(25);
  }
  return { url: `redis://127.0.0.1:${port}`, stop: () => stop(child) };
}

async function stop(child) {
  const ended = once(child, "exit");
  child.kill("SIGINT");
  await ended;
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

async function answers(port) {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
