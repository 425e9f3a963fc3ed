import { afterAll, beforeAll, describe, inject, test } from 'vitest';
import { type Cloud, startCloud } from '../cloud/lab.ts';
import { type Deviation, deviations } from './deviations.ts';
import { type EmulatorSide, openEmulatorSide } from './emulator-side.ts';
import { perform } from './perform.ts';
import { machine, type Scenario } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { type ScriptServer, startScriptServer } from './script-server.ts';

const faithful = scenarios.filter(({ title }) => deviations[title] === undefined);
const deviating = Object.entries(deviations).map(([title, deviation]) => ({
  title,
  because: deviation.because,
  scenario: scenarios.find((scenario) => scenario.title === title),
  deviation,
}));

const instead = ({ expected }: Scenario, { given }: Deviation) => ({ ...expected, ...given });

describe.skipIf(inject('noContainers') !== '')('the emulator', () => {
  let cloud: Cloud;
  let scripts: ScriptServer;
  let side: EmulatorSide;

  beforeAll(async () => {
    scripts = await startScriptServer();
    cloud = await startCloud();
    side = await openEmulatorSide(cloud, scripts.port);
  });
  afterAll(async () => {
    side?.close();
    await cloud?.stop();
    await scripts?.close();
  });

  describe('does as AWS', () => {
    test.concurrent.for(faithful)('$title', async (scenario, { expect }) => {
      expect(await perform(side, scripts, scenario)).toEqual(scenario.expected);
    });
  });

  describe('does otherwise than AWS', () => {
    test.concurrent.for(deviating)(
      '$title: $because',
      async ({ scenario, deviation }, { expect }) => {
        if (scenario === undefined) throw new Error('no scenario has this title');
        const given = instead(scenario, deviation);
        expect(given, 'is no deviation').not.toEqual(scenario.expected);
        expect(await perform(side, scripts, scenario)).toEqual(given);
      },
    );

    // API reference, DescribeExecution: "This field is set only if the execution succeeds."
    test.concurrent('a failed execution has an output', async ({ expect }) => {
      await side.create('fails', machine({ Sorry: { Type: 'Fail', Error: 'No', Cause: 'no' } }));
      await side.start('fails', 'once', {});
      await side.observe('fails', 'once');
      expect(await side.output('fails', 'once')).toEqual({ Error: 'No', Cause: 'no' });
    });
  });
});
