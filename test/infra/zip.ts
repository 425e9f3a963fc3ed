/** How large a packaged function is. */
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const program = `
import sys, zipfile
print(zipfile.ZipFile(sys.argv[1]).getinfo(sys.argv[2]).file_size)
`;

/** `entryBytes` is the file that a cold start begins with. */
export async function bundleOf(
  zip: string,
  name: string,
): Promise<{ readonly entryBytes: number; readonly zipBytes: number }> {
  const { stdout } = await run('python3', ['-c', program, zip, `functions/${name}.mjs`]);
  return { entryBytes: Number(stdout), zipBytes: (await stat(zip)).size };
}
