/** The ways to a server's machine, one line each. */
import type { ControlConfig } from '../core/config/cluster.ts';
import type { Control } from '../core/ports/control.ts';
import { localControl } from './local.ts';
import { sshControl } from './ssh.ts';

export const openControl = (config: ControlConfig): Control =>
  'ssh' in config ? sshControl(config.ssh) : localControl(config.local);
