/** The ways to a server's machine, one line each. */
import type { ControlConfig } from '../core/config/cluster.ts';
import type { Control } from '../core/ports/control.ts';
import { localControl } from './local.ts';
import { sshControl } from './ssh.ts';
import { ssmControl } from './ssm.ts';

export function openControl(config: ControlConfig): Control {
  if ('ssm' in config) return ssmControl(config.ssm);
  return 'ssh' in config ? sshControl(config.ssh) : localControl(config.local);
}
