/**
 * Decrypts an object, an AWS Encryption SDK message, frame by frame, each authenticated before it is
 * given. Stricter than the SDK's own stream: bytes after the last frame are damage.
 */
import {
  CommitmentPolicy,
  CommitmentPolicySuites,
  getDecryptionHelper,
  NodeAlgorithmSuite,
  NodeDefaultCryptographicMaterialsManager,
} from '@aws-crypto/material-management-node';
import {
  aadFactory,
  type BodyHeader,
  decodeBodyHeader,
  deserializeFactory,
  type HeaderInfo,
} from '@aws-crypto/serialize';
import { rawAesKeyring } from '../keys/aes-recipient.ts';
import type { EncryptionContext } from '../keys/message.ts';
import { byteQueue } from './byte-queue.ts';
import { setKeyName } from './frame-sealer.ts';

const toUtf8 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const { deserializeMessageHeader } = deserializeFactory(toUtf8, NodeAlgorithmSuite);
const aad = aadFactory((text) => Buffer.from(text, 'utf8'));
const policy = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT;

/** Plain frames in order, the last one possibly empty. Rejects with plain Errors: the caller names the object. */
export async function* openFrames(
  stored: AsyncIterable<Uint8Array>,
  setKey: Uint8Array,
  context: EncryptionContext,
): AsyncGenerator<Buffer> {
  const input = byteQueue(stored);
  const header = await input.parse(
    (bytes) => deserializeMessageHeader(bytes, { maxEncryptedDataKeys: 1 }),
    ({ rawHeader, headerAuth }) => rawHeader.byteLength + headerAuth.headerAuthLength,
  );
  assertContext(header, context);
  const decipherFor = await openHeader(header, setKey);
  const frame = Buffer.allocUnsafeSlow(header.messageHeader.frameLength);
  let [sequenceNumber, isLast] = [0, false];
  while (!isLast) {
    const head = await input.parse(
      (bytes) => decodeBodyHeader(bytes, header, 0),
      ({ readPos }) => readPos,
    );
    sequenceNumber += 1;
    if (head.sequenceNumber !== sequenceNumber) throw new Error('its frames are out of order');
    isLast = head.isFinalFrame;
    const content = await input.fill(frame.subarray(0, head.contentLength));
    const tag = await input.fill(Buffer.alloc(head.tagLength / 8));
    yield openFrame(header, head, decipherFor(head.iv), { content, tag });
  }
  if (!(await input.isAtEnd())) throw new Error('bytes follow its last frame');
}

type GetDecipher = ReturnType<ReturnType<typeof getDecryptionHelper>['getDecipherInfo']>;

/** Checks the key commitment and the header's own tag. */
async function openHeader(header: HeaderInfo, setKey: Uint8Array): Promise<GetDecipher> {
  const { messageHeader, algorithmSuite, rawHeader, headerAuth } = header;
  const { messageId, encryptionContext, encryptedDataKeys } = messageHeader;
  CommitmentPolicySuites.isDecryptEnabled(policy, algorithmSuite, toUtf8(messageId));
  const manager = new NodeDefaultCryptographicMaterialsManager(rawAesKeyring(setKeyName, setKey));
  const suite = new NodeAlgorithmSuite(algorithmSuite.id);
  const material = await manager.decryptMaterials({ suite, encryptionContext, encryptedDataKeys });
  const suiteData = 'suiteData' in messageHeader ? messageHeader.suiteData : undefined;
  const decipherFor = getDecryptionHelper(material).getDecipherInfo(messageId, suiteData);
  const decipher = decipherFor(headerAuth.headerIv);
  decipher.setAAD(Buffer.from(rawHeader));
  decipher.setAuthTag(Buffer.from(headerAuth.headerAuthTag));
  decipher.update(Buffer.alloc(0));
  decipher.final();
  return decipherFor;
}

function openFrame(
  { messageHeader }: HeaderInfo,
  { sequenceNumber, contentLength, isFinalFrame }: BodyHeader,
  decipher: ReturnType<GetDecipher>,
  { content, tag }: { readonly content: Buffer; readonly tag: Buffer },
): Buffer {
  const { messageId, contentType } = messageHeader;
  const label = aad.messageAADContentString({ contentType, isFinalFrame });
  decipher.setAAD(Buffer.from(aad.messageAAD(messageId, label, sequenceNumber, contentLength)));
  decipher.setAuthTag(tag);
  const plain = decipher.update(content);
  decipher.final();
  return plain;
}

function assertContext({ messageHeader }: HeaderInfo, context: EncryptionContext): void {
  for (const [name, value] of Object.entries(context)) {
    const found = messageHeader.encryptionContext[name];
    if (found !== value) throw new Error(`its ${name} is ${found ?? 'absent'}, not ${value}`);
  }
}
