import { describe, expect, it } from 'vitest';
import { mountOf } from '../../../src/core/config/mount.ts';
import { parseConfig } from '../../../src/core/config/parse.ts';
import { change, good, options, problems } from './example.ts';

const ids = 'fileSystem: fs-0a1b2c3d, accessPoint: fsap-0a1b2c3d';
const uploads = (path: string, more = '') =>
  good.replace('path: /srv', `path: ${path}\n    deploy: { efs: { ${ids}${more} } }`);
const mount = (path: string, more?: string) =>
  mountOf(parseConfig(uploads(path, more), options).sources['uploads']);

describe('mountOf', () => {
  it("puts the access point's root at the path of the source", () => {
    expect(mount('/srv/uploads/')).toEqual({
      key: 'fsap-0a1b2c3d:/srv/uploads',
      fileSystem: 'fs-0a1b2c3d',
      accessPoint: 'fsap-0a1b2c3d',
      directory: '/srv/uploads',
    });
  });

  it('puts it at `mount`, which sources share', () => {
    const shared = mount('/srv/shop/uploads', ', mount: /srv/shop');
    expect(shared?.directory).toBe('/srv/shop');
    expect(mount('/srv/shop/invoices', ', mount: /srv/shop')?.key).toBe(shared?.key);
  });

  it('is nothing for a source without a file system, and for none', () => {
    expect(mountOf(parseConfig(good, options).sources['uploads'])).toBeUndefined();
    expect(mountOf(undefined)).toBeUndefined();
  });
});

describe('a mount', () => {
  it.each([
    ['/srv/uploads', ', mount: /srv/up', '/srv/uploads is not in the mount /srv/up'],
    ['/tmp/uploads', '', '/tmp/uploads belongs to the image of the tasks'],
    ['/var/www', ', mount: /var', '/var belongs to the image of the tasks'],
    ['/opt/holdfast/x', '', '/opt/holdfast/x belongs to the image of the tasks'],
    ["/srv/it's", '', 'is no place for a mount; expected mount: /srv/shop'],
    ['/srv/../etc', '', 'is no place for a mount'],
    ['/', '', 'is no place for a mount'],
  ])('of %s%s is refused: %s', (path, more, expected) => {
    expect(problems(uploads(path, more)).join('\n')).toContain(expected);
  });

  it.each(['/var/www/uploads', '/srv', '/opt/shop', '/mnt/a-b_c.d'])('may be at %s', (path) => {
    expect(problems(uploads(path))).toEqual([]);
  });

  it('is for directories alone', () => {
    const text = `connection: env:ORDERS\n    deploy: { efs: { ${ids} } }`;
    expect(change('connection: env:ORDERS', text).join('\n')).toContain(
      'only with engine: files, and this is postgres',
    );
  });

  it('names a file system and an access point by their ids', () => {
    const wrong = uploads('/srv').replace('fs-0a1b2c3d', 'shop').replace('fsap-0a1b2c3d', 'shop');
    expect(problems(wrong).join('\n')).toMatch(/expected fs-…[\s\S]*expected fsap-…/);
  });
});
