import { defineConfig } from "vite";

export default defineConfig({
  // Wherever it is put.
  base: "./",
  worker: { format: "es" },
  build: { target: "es2022", chunkSizeWarningLimit: 1000 },
  // The module is looked for beside the package's JavaScript, which a copy of that would not have.
  optimizeDeps: { exclude: ["evalua"] },
  // The examples are the project's.
  server: { fs: { allow: ["../../.."] } },
});
