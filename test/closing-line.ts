/** Ends a run with one line that people and scripts read alike: `12 passed, 0 failed`. */
import type { Reporter, TestModule } from 'vitest/node';

export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const broken = modules.filter((module) => module.errors().length > 0).length;
    console.log(`${count('passed')} passed, ${count('failed') + broken} failed`);
  }
}

// Vitest loads reporters by their default export.
// biome-ignore lint/style/noDefaultExport: the loader of `--reporter` knows no other.
export default ClosingLine;
