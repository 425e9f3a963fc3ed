import { DescribeExecutionCommand, RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, inject, test } from 'vitest';
import { type Cloud, startCloud } from '../cloud/lab.ts';
import { type Deviation, deviations } from './deviations.ts';
import { type EmulatorSide, executionArn, openEmulatorSide } from './emulator-side.ts';
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

    const fail = async (name: string): Promise<{ executionArn: string }> => {
      await side.create(name, machine({ Sorry: { Type: 'Fail', Error: 'No', Cause: 'no' } }));
      await side.start(name, 'once', {});
      await side.observe(name, 'once');
      return { executionArn: executionArn(name, 'once') };
    };

    // API reference, DescribeExecution: "This field is set only if the execution succeeds."
    test.concurrent('a failed execution has an output', async ({ expect }) => {
      const failed = await fail('has-an-output');
      const { output = '' } = await side.client.send(new DescribeExecutionCommand(failed));
      expect(JSON.parse(output)).toEqual({ Error: 'No', Cause: 'no' });
    });

    // API reference, RedriveExecution: from the state that failed, within 14 days
    test.concurrent('a failed execution cannot be redriven', async ({ expect }) => {
      const failed = await fail('cannot-be-redriven');
      const redriven = side.client.send(new RedriveExecutionCommand(failed));
      await expect(redriven).rejects.toThrow(/InvalidAction|Unknown/i);
    });
  });
});
