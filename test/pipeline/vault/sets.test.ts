import { beforeEach, describe, expect, it } from 'vitest';
import { IntegrityError } from '../../../src/core/errors.ts';
import { layout } from '../../../src/core/layout.ts';
import {
  createSetKey,
  ed25519Signer,
  generateSigningKey,
} from '../../../src/pipeline/keys/index.ts';
import {
  attest,
  checkSet,
  checkTag,
  commitManifest,
  listSets,
  listSources,
  loadSet,
  readManifest,
} from '../../../src/pipeline/vault/index.ts';
import {
  attestChecked,
  type CommittedSet,
  commitSet,
  createWorkplace,
  flipBit,
  keysOf,
  signal,
  signer,
  tamper,
  type Workplace,
} from './sample-set.ts';

let place: Workplace;
let set: CommittedSet;
let manifestKey: string;

beforeEach(async () => {
  place = await createWorkplace();
  set = await commitSet(place.vault);
  manifestKey = layout.manifest(set.source, set.id);
});

const load = () => loadSet(place.vault, set.source, set.id);
const check = () => checkSet(place.vault, set, { signal });
const problems = async () =>
  (await check()).findings.map(({ object, problem }) => ({ object, problem }));

describe('commitManifest', () => {
  it('is a success again with the same body, and refused with another', async () => {
    const again = await commitManifest(place.vault, set.body, set.setKey);
    expect(again.manifestSha256).toBe(set.manifestSha256);
    const other = { ...set.body, execution: 'backup-2' };
    const replaced = commitManifest(place.vault, other, set.setKey);
    await expect(replaced).rejects.toMatchObject({ code: 'OBJECT_EXISTS' });
  });
});

describe('checkTag', () => {
  it('takes the key that made the manifest and no other', async () => {
    const { manifest } = await readManifest(place.vault, set.source, set.id);
    expect(() => checkTag(manifest, set.setKey)).not.toThrow();
    expect(() => checkTag(manifest, createSetKey())).toThrow(IntegrityError);
    expect(() => checkTag({ ...manifest, partial: true }, set.setKey)).toThrow(IntegrityError);
  });
});

describe('listSets', () => {
  it('lists sources, and their sets in order of time after a given one', async () => {
    const sets = [set];
    for (let n = 0; n < 2; n += 1) {
      place.clock.advance(60);
      sets.push(await commitSet(place.vault));
    }
    await commitSet(place.vault, { source: 'uploads' });
    const sources: string[] = [];
    for await (const source of listSources(place.vault)) sources.push(source);
    expect(sources).toEqual(['orders', 'uploads']);
    const ids: string[] = [];
    for await (const id of listSets(place.vault, 'orders', { after: set.id })) ids.push(id);
    expect(ids).toEqual(sets.slice(1).map(({ id }) => id));
  });
});

describe('loadSet', () => {
  it('tells a committed set with its verified attestation', async () => {
    const loaded = await load();
    expect(loaded).toMatchObject({ state: 'committed', keyFiles: [1] });
    expect(loaded.attestations.map(({ verified }) => verified)).toEqual([true]);
  });

  it('tells a set without manifest and attestation uncommitted', async () => {
    await place.store.delete(manifestKey);
    for (const key of await keysOf(place.store, layout.attestations(set.source, set.id))) {
      await place.store.delete(key);
    }
    expect((await load()).state).toBe('uncommitted');
  });

  it('calls an attested set without manifest damage, not absence', async () => {
    await place.store.delete(manifestKey);
    expect(await load()).toMatchObject({ state: 'damaged', problem: { code: 'MANIFEST_MISSING' } });
  });

  it.each([0, 100, 700, -4])('calls a manifest with a flipped bit at %i damaged', async (at) => {
    await tamper(place.store, manifestKey, flipBit(at));
    const loaded = await load();
    expect(loaded.state).toBe('damaged');
    expect(loaded.problem?.message).toContain(manifestKey);
  });

  it('calls a manifest with added white space damaged', async () => {
    await tamper(place.store, manifestKey, (bytes) => Buffer.concat([bytes, Buffer.from('\n')]));
    expect((await load()).state).toBe('damaged');
  });

  it("notices another set's manifest under its name", async () => {
    const other = await commitSet(place.vault);
    const bytes = await place.store.get(layout.manifest(other.source, other.id));
    await place.store.put(manifestKey, bytes, { ifAbsent: false });
    expect((await load()).problem?.message).toMatch(/is the one of/);
  });

  it('notices a manifest that was forged after it was attested', async () => {
    await place.store.delete(manifestKey);
    const forged = { ...set.body, totals: { storedBytes: 1 } };
    await commitManifest(place.vault, forged, createSetKey());
    expect((await load()).problem).toMatchObject({ code: 'MANIFEST_REPLACED' });
  });

  it('does not believe a removal that nobody of this vault signed', async () => {
    const stranger = ed25519Signer(generateSigningKey());
    const { source, id: backup, manifestSha256 } = set;
    const statement = { source, backup, manifestSha256, passed: true, details: {} };
    await attest(place.vault, stranger, { kind: 'removed', ...statement });
    await place.store.delete(layout.signer(stranger.id));
    expect((await load()).state).toBe('committed');
  });
});

describe('checkSet', () => {
  it('finds nothing in a whole set, comparing by the checksums of the store', async () => {
    expect(await check()).toMatchObject({
      findings: [],
      objects: 2,
      bytes: 2001,
      compared: 'store-checksums',
    });
  });

  const dataKey = (n: number) => layout.object(set, 'data', n);
  it('names a missing, a cut, a changed and a swapped object', async () => {
    await place.store.delete(dataKey(0));
    await tamper(place.store, dataKey(1), (bytes) => bytes.subarray(0, 10));
    expect(await problems()).toEqual([
      { object: dataKey(0), problem: 'missing' },
      { object: dataKey(1), problem: 'size' },
    ]);
    const other = await commitSet(place.vault);
    const foreign = await place.store.get(layout.object(other, 'data', 0));
    await place.store.put(dataKey(0), foreign, { ifAbsent: false });
    await place.store.put(dataKey(1), Buffer.concat([foreign, Buffer.of(1)]), { ifAbsent: false });
    expect(await problems()).toEqual([
      { object: dataKey(0), problem: 'checksum' },
      { object: dataKey(1), problem: 'checksum' },
    ]);
  });

  it('reads the stored bytes where the store keeps no checksum', async () => {
    const bare = {
      ...place.store,
      head: async (key: string) => {
        const { checksum: _, ...info } = (await place.store.head(key)) ?? {};
        return 'key' in info ? info : undefined;
      },
    };
    const vault = { ...place.vault, store: bare };
    const whole = await checkSet(vault, set, { signal });
    expect(whole).toMatchObject({ findings: [], compared: 'stored-bytes' });
    await tamper(place.store, dataKey(1), flipBit(500));
    const { findings } = await checkSet(vault, set, { signal });
    expect(findings).toMatchObject([{ object: dataKey(1), problem: 'checksum' }]);
  });

  it('names a missing and a damaged key file', async () => {
    const key = layout.key(set.source, set.id, 1);
    await tamper(place.store, key, flipBit(60));
    expect(await problems()).toEqual([{ object: key, problem: 'key-file' }]);
    await place.store.delete(key);
    expect(await problems()).toEqual([{ object: key, problem: 'missing' }]);
  });

  it('names a parent that is gone', async () => {
    const child = await commitSet(place.vault, { parent: set.id });
    expect((await checkSet(place.vault, child, { signal })).findings).toEqual([]);
    await place.store.delete(manifestKey);
    const { findings } = await checkSet(place.vault, child, { signal });
    expect(findings).toMatchObject([{ object: manifestKey, problem: 'parent' }]);
  });

  it('names a changed attestation and goes on to tell about the rest', async () => {
    const [key = ''] = await keysOf(place.store, layout.attestations(set.source, set.id));
    await tamper(place.store, key, (bytes) =>
      Buffer.from(bytes.toString().replace('"passed":true', '"passed":false')),
    );
    await place.store.delete(dataKey(0));
    expect(await problems()).toEqual([
      { object: key, problem: 'attestation' },
      { object: dataKey(0), problem: 'missing' },
    ]);
  });

  it('names the manifest when it is gone or damaged', async () => {
    await tamper(place.store, manifestKey, flipBit(5));
    expect(await problems()).toEqual([{ object: manifestKey, problem: 'manifest' }]);
  });
});

describe('attest', () => {
  it('keeps two different statements of one kind in one millisecond, and a repeated one once', async () => {
    const { source, id: backup, manifestSha256 } = set;
    const failed = { source, backup, manifestSha256, passed: false, details: { found: 'damage' } };
    await attest(place.vault, signer, { kind: 'checked', ...failed });
    await attestChecked(place.vault, set);
    const { attestations } = await load();
    expect(attestations.map(({ verified }) => verified)).toEqual([true, true]);
  });

  it('publishes the public key of the signer', async () => {
    const pem = Buffer.from(await place.store.get(layout.signer(signer.id))).toString();
    expect(pem).toBe(await signer.publicKeyPem());
  });
});
