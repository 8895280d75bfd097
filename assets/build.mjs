// Builds assets/dist: each file under a name with the hash of its content, manifest.json from plain names to those, and
// icons.json with the shapes of the icons that assets/icons.txt names. Run it as `npm run build` after `npm ci`.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, '..', 'node_modules');
const dist = join(here, 'dist');
const keep = '.placeholder';

const sources = {
  'tabler.css': join(modules, '@tabler/core/dist/css/tabler.min.css'),
  'lodge.css': join(here, 'lodge.css'),
  'lodge.js': join(here, 'lodge.js'),
  'mark.svg': join(here, 'mark.svg'),
};

function fail(sentence) {
  console.error(`assets: ${sentence}`);
  process.exit(1);
}

mkdirSync(dist, { recursive: true });
for (const name of readdirSync(dist)) {
  if (name !== keep) rmSync(join(dist, name), { recursive: true });
}

const manifest = {};
for (const [name, source] of Object.entries(sources)) {
  if (!existsSync(source)) fail(`${source} is missing; run npm ci first`);
  const content = readFileSync(source, 'utf8').replace(/\n?\/[*/]# sourceMappingURL=.*$/m, '');
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 12);
  const built = name.replace(/(\.[^.]+)$/, `.${hash}$1`);
  if (extname(built) === '') fail(`${name} has no extension`);
  writeFileSync(join(dist, built), content);
  manifest[name] = built;
}

const icons = {};
for (const name of readFileSync(join(here, 'icons.txt'), 'utf8').split(/\s+/).filter(Boolean)) {
  const source = join(modules, '@tabler/icons/icons/outline', `${name}.svg`);
  if (!existsSync(source)) fail(`there is no outline icon "${name}"`);
  icons[name] = readFileSync(source, 'utf8')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<svg[\s\S]*?>/, '')
    .replace('</svg>', '')
    .replace(/<path stroke="none"[^>]*\/>/g, '')
    .replace(/\s*\n\s*/g, '');
}

writeFileSync(join(dist, 'icons.json'), JSON.stringify(icons));
writeFileSync(join(dist, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
console.log(`assets: ${Object.keys(manifest).length} files, ${Object.keys(icons).length} icons in assets/dist`);
