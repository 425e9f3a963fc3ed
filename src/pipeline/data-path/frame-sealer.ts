/**
 * Encrypts in the AWS Encryption SDK's message format, frame by frame, with the SDK's own parts. Its
 * `encryptStream` is not used: it ends the process when a pipeline around it ends early.
 */
import { randomBytes } from 'node:crypto';
import {
  CommitmentPolicy,
  getEncryptHelper,
  NodeAlgorithmSuite,
  NodeDefaultCryptographicMaterialsManager,
} from '@aws-crypto/material-management-node';
import {
  aadFactory,
  ContentType,
  type MessageHeader,
  serializeFactory,
  serializeMessageHeaderAuth,
} from '@aws-crypto/serialize';
import { rawAesKeyring } from '../keys/aes-recipient.ts';
import { type EncryptionContext, messageSuite } from '../keys/message.ts';

/** Plain bytes of a frame: 4 KiB, the SDK's default, takes seven times as long. */
export const frameBytes = 1024 * 1024;
/** What the last frame adds, the others 8 less: mark, number, IV, length, tag. */
export const frameOverheadBytes = 40;
/** The key name of set keys, in the namespace `holdfast`. */
export const setKeyName = 'set-key';

const messageIdBytes = 32;
const fromUtf8 = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const serialize = serializeFactory(fromUtf8, { utf8Sorting: true });
const aad = aadFactory(fromUtf8);

export interface FrameSealer {
  /** The first bytes of the message. */
  readonly header: readonly Uint8Array[];
  /**
   * The next frame. A regular one takes exactly `frameBytes`; the last, which every message needs, takes
   * 0 to `frameBytes`.
   */
  seal(plain: Buffer, options: { readonly isLast: boolean }): readonly Uint8Array[];
}

export async function openFrameSealer(
  setKey: Uint8Array,
  context: EncryptionContext,
): Promise<FrameSealer> {
  const manager = new NodeDefaultCryptographicMaterialsManager(rawAesKeyring(setKeyName, setKey));
  const material = await manager.getEncryptionMaterials({
    suite: new NodeAlgorithmSuite(messageSuite),
    encryptionContext: { ...context },
    commitmentPolicy: CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
  });
  const { suite, encryptionContext, encryptedDataKeys } = material;
  const messageId = randomBytes(messageIdBytes);
  const { getCipher, keyCommitment } = getEncryptHelper(material).getCipherInfo(messageId);
  const messageHeader = serialize.buildMessageHeader({
    suite,
    encryptedDataKeys,
    encryptionContext,
    messageId,
    frameLength: frameBytes,
    ...(keyCommitment && { suiteData: keyCommitment }),
  });
  let sequenceNumber = 0;
  return {
    header: sealHeader(messageHeader, getCipher, suite.ivLength),
    seal(plain, { isLast }) {
      sequenceNumber += 1;
      const iv = serialize.frameIv(suite.ivLength, sequenceNumber);
      const contentType = ContentType.FRAMED_DATA;
      const label = aad.messageAADContentString({ contentType, isFinalFrame: isLast });
      const cipher = getCipher(iv);
      cipher.setAAD(Buffer.from(aad.messageAAD(messageId, label, sequenceNumber, plain.length)));
      const content = cipher.update(plain);
      cipher.final();
      const head = isLast
        ? serialize.finalFrameHeader(sequenceNumber, iv, plain.length)
        : serialize.frameHeader(sequenceNumber, iv);
      return [head, content, cipher.getAuthTag()];
    },
  };
}

type GetCipher = ReturnType<ReturnType<typeof getEncryptHelper>['getCipherInfo']>['getCipher'];

function sealHeader(
  messageHeader: MessageHeader,
  getCipher: GetCipher,
  ivLength: NodeAlgorithmSuite['ivLength'],
): Uint8Array[] {
  const header = serialize.serializeMessageHeader(messageHeader);
  const headerIv = serialize.headerAuthIv(ivLength);
  const cipher = getCipher(headerIv);
  cipher.setAAD(Buffer.from(header));
  cipher.final();
  const headerAuthTag = cipher.getAuthTag();
  return [header, serializeMessageHeaderAuth({ headerIv, headerAuthTag, messageHeader })];
}
