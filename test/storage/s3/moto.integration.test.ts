/** A second opinion: an emulator by other people. What it does unlike S3 is named, and fails once it does better. */
import { beforeEach } from 'vitest';
import { startMoto } from '../../servers/moto.ts';
import { describeBucket } from './describe-bucket.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
const everywhere = {
  'joins parts sent at once and out of order':
    'the checksum of a composite has no count of its parts',
  'refuses bytes that differ from their digest, of 1 parts': 'a wrong SHA-256 is taken',
  'refuses bytes that differ from their digest, of 2 parts': 'a wrong SHA-256 is taken',
  'sweeps what a dead writer left, and only what is old enough': 'every upload began in 2010',
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html: with Object Lock, any checksum will do. */
const withLock = {
  'is found well by its own probe, which leaves nothing': 'a lock refuses x-amz-checksum-sha256',
  'keeps a locked object from deletion, or says that it cannot':
    'a lock refuses x-amz-checksum-sha256',
  'extends a lock and never shortens it': 'a lock refuses x-amz-checksum-sha256',
};

beforeEach(({ task }) => {
  const isLocked =
    task.suite?.name.includes('Object Lock') || task.suite?.suite?.name.includes('Object Lock');
  if (task.name in everywhere || (isLocked && task.name in withLock))
    Object.assign(task, { fails: true });
});

const server = { start: startMoto, lockMode: 'compliance' } as const;
describeBucket('S3 (second emulator)', { ...server, kind: 'plain' });
describeBucket('S3 (second emulator, versioned)', { ...server, kind: 'versioned' });
describeBucket('S3 (second emulator, Object Lock)', { ...server, kind: 'locked' });
