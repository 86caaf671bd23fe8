/** The package in Node, where the module is a file beside this one. */
import { readFileSync } from "node:fs";
import { loadBy } from "./module.js";
import { initSync } from "./wasm/evalua_wasm.js";

// At once: what waits for other threads to compile takes twice as long.
loadBy(async () => initSync({ module: readFileSync(new URL("./wasm/evalua_wasm_bg.wasm", import.meta.url)) }));

export * from "./index.js";
