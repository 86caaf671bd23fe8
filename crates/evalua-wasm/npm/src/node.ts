/** The package in Node, where the module is a file beside this one. */
import { readFile } from "node:fs/promises";
import { loadFrom } from "./module.js";

loadFrom(() => readFile(new URL("./wasm/evalua_wasm_bg.wasm", import.meta.url)));

export * from "./index.js";
