import { startVersitygw } from '../../servers/versitygw.ts';
import { describeBucket } from './describe-bucket.ts';

const server = { start: startVersitygw, lockMode: 'governance' } as const;
describeBucket('S3 (versitygw)', { ...server, kind: 'plain' });
describeBucket('S3 (versitygw, versioned)', { ...server, kind: 'versioned' });
describeBucket('S3 (versitygw, Object Lock)', { ...server, kind: 'locked' });
