/** Step `survey`, for `check`: whether whoever runs this may read the whole tree. */
import { accessSync, constants } from 'node:fs';
import { type BytePath, fsName, textOf } from '../tree/byte-path.ts';
import { type Visitor, walkTree } from '../tree/walk.ts';
import type { SurveyJob } from './job.ts';

const namesKept = 5;

export interface Survey {
  entries: number;
  complete: boolean;
  unreadableCount: number;
  readonly unreadable: string[];
}

export function survey({ root, maxEntries }: SurveyJob): Survey {
  const found: Survey = { entries: 0, complete: true, unreadableCount: 0, unreadable: [] };
  const refused = (path: BytePath) => {
    found.unreadableCount++;
    if (found.unreadable.length < namesKept) found.unreadable.push(textOf(path));
  };
  const visitor: Visitor = {
    entry(path, name, stats) {
      found.entries++;
      found.complete = found.entries <= maxEntries;
      if (found.complete && stats.isFile() && !isReadable(name)) refused(path);
      return found.complete;
    },
    failed: refused,
  };
  walkTree(root, visitor);
  return found;
}

function isReadable(name: BytePath): boolean {
  try {
    accessSync(fsName(name), constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
