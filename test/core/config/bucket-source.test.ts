import { describe, expect, it } from 'vitest';
import { restorePlaceOf } from '../../../src/core/config/bucket-source.ts';
import { parseConfig } from '../../../src/core/config/parse.ts';
import { change, good, options, problems } from './example.ts';

const uploads = (lines: string) => good.replace('path: /srv', lines);
const place = (lines: string) =>
  restorePlaceOf(parseConfig(uploads(lines), options).sources['uploads']);

describe('where restore tasks may put objects', () => {
  it('is where they came from', () => {
    expect(place('path: s3://acme/shop')).toEqual({ bucket: 'acme', prefix: 'shop/' });
  });

  it('is what the source names instead', () => {
    const lines = 'path: s3://acme/shop\n    deploy: { restoreTo: s3://spare/shop }';
    expect(place(lines)).toEqual({ bucket: 'spare', prefix: 'shop/' });
  });

  it('is nowhere for a directory, a database and no source', () => {
    expect(place('path: /srv')).toBeUndefined();
    expect(restorePlaceOf(parseConfig(good, options).sources['orders'])).toBeUndefined();
    expect(restorePlaceOf(undefined)).toBeUndefined();
  });
});

describe('what says where a bucket is', () => {
  it('is refused beside the path of a directory, each with its line', () => {
    expect(problems(uploads('path: /srv\n    region: eu-west-1\n    ca: file:ca.pem'))).toEqual([
      'holdfast.yaml:13:5 sources.uploads.region: says where a bucket is, and /srv is a directory; ' +
        'expected path: s3://bucket/prefix, or no region',
      'holdfast.yaml:14:5 sources.uploads.ca: says where a bucket is, and /srv is a directory; ' +
        'expected path: s3://bucket/prefix, or no ca',
    ]);
    expect(problems(uploads('path: s3://acme\n    region: eu-west-1'))).toEqual([]);
  });

  it('is refused for restores of a directory or a database', () => {
    const lines = 'path: /srv\n    deploy: { restoreTo: s3://spare/shop }';
    expect(problems(uploads(lines)).join()).toContain('only with a source of files whose path is');
    const orders = 'connection: env:ORDERS\n    deploy: { restoreTo: s3://spare/shop }';
    expect(change('connection: env:ORDERS', orders).join()).toContain('sources.orders.deploy');
    expect(problems(uploads(lines).replace('s3://spare', 'spare')).join()).toContain(
      'expected s3://bucket/prefix',
    );
  });
});
