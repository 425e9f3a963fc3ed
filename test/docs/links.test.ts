import { existsSync, readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const pages: string[] = [];
for (const pattern of ['*.md', 'docs/**/*.md', 'bench/*.md', 'changelog/**/*.md']) {
  for await (const page of glob(pattern)) pages.push(page);
}

/** GitHub's rule: lower case, blanks to hyphens, punctuation away. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

const linksOf = (text: string): string[] =>
  [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link));

function isBroken(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(target)) return true;
  return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor);
}

test('the pages link to each other', () => {
  const links = pages.flatMap((page) => linksOf(readFileSync(page, 'utf8')));
  expect(pages).toEqual(expect.arrayContaining(['README.md', join('docs', 'architecture.md')]));
  expect(links.length).toBeGreaterThan(20);
});

test.for(pages)('every relative link of %s leads somewhere', (page) => {
  const links = linksOf(readFileSync(page, 'utf8'));
  expect(links.filter((link) => isBroken(page, link))).toEqual([]);
});
