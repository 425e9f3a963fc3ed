import { startMinistack } from '../../servers/ministack.ts';
import { describeBucket } from './describe-bucket.ts';

const server = { start: startMinistack, lockMode: 'compliance' } as const;
describeBucket('S3 (AWS emulator)', { ...server, kind: 'plain' });
describeBucket('S3 (AWS emulator, Object Lock)', { ...server, kind: 'locked' });
