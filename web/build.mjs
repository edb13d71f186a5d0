// Builds the page into mda/server/page: bundled scripts and style, the page itself, the coast.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const page = join(here, "../mda/server/page");
/** Built aside and moved into place, so that a node that runs is never without its page. */
const out = join(here, "node_modules/.page");
const coast = join(here, "../data/coast");

/** Names the shared worker after its source, so that a new page never talks to an old worker. */
async function fingerprint(folder) {
  const hash = createHash("sha256");
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".ts"));
  for (const name of files.sort()) hash.update(await readFile(join(folder, name)));
  return hash.digest("hex").slice(0, 12);
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: { app: "src/main.ts", worker: "src/wire/worker.ts" },
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "eof",
  logLevel: "warning",
  define: { BUILD: JSON.stringify(await fingerprint(join(here, "src"))) },
});
await build({
  absWorkingDir: here,
  entryPoints: { app: "src/app.css" },
  outdir: out,
  bundle: true,
  minify: true,
  external: ["*.png"],
  logLevel: "warning",
});
for (const name of ["index.html", "icon.svg"]) await cp(join(here, "src", name), join(out, name));
await cp(coast, join(out, "coast"), { recursive: true });
// For `mda map`, whose one file has Leaflet inside.
for (const name of ["leaflet.js", "leaflet.css", "images"]) {
  await cp(join(here, "node_modules/leaflet/dist", name), join(out, name), { recursive: true });
}
await rm(page, { recursive: true, force: true });
await rename(out, page);

let total = 0;
for (const name of ["index.html", "app.js", "worker.js", "app.css"]) {
  const path = join(page, name);
  const packed = gzipSync(await readFile(path), { level: 9 }).length;
  total += packed;
  console.log(`${name} ${(await stat(path)).size} bytes, ${packed} gzipped`);
}
console.log(`first load ${total} bytes gzipped, without the coast`);
