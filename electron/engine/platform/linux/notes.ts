import type { SystemNotes } from '../notes.ts';
import { LSOF_PROBE, type ToolName } from '../run/tools.ts';

const PACKAGES: Readonly<Record<ToolName, string>> = {
  ss: 'iproute2',
  netstat: 'net-tools',
  lsof: 'lsof',
  ps: 'procps',
};

/** Linux: repairs for Debian's and Fedora's package managers. */
export const LINUX_NOTES: SystemNotes = {
  name: (release) => `Linux ${release}`,
  lacks: (release) => {
    const [kernel = 0, patch = 0] = release.split('.').map(Number);
    return kernel < 5 || (kernel === 5 && patch < 3)
      ? 'Kernels before 5.3 cannot pin a process, so Sexton checks only pid and start time before a signal.'
      : null;
  },
  probes: [
    {
      tool: 'ss',
      args: ['-V'],
      version: /iproute2-([\w.-]+)/,
      purpose: 'Without it, Sexton reads /proc, which shows neither ages nor whether the Gateway answered.',
      needed: false,
    },
    LSOF_PROBE,
  ],
  installHint: (tool) =>
    `Install ${tool}: sudo apt install ${PACKAGES[tool]} (Fedora: sudo dnf install ${PACKAGES[tool]})`,
  repairTool: (tool, found) => {
    const [apt, dnf] = found ? ['install --reinstall', 'reinstall'] : ['install', 'install'];
    return `sudo apt ${apt} ${PACKAGES[tool]}   # Fedora: sudo dnf ${dnf} ${PACKAGES[tool]}`;
  },
  repairs: {
    clock: 'sudo timedatectl set-ntp true',
    flock: 'sudo apt install util-linux   # Fedora: sudo dnf install util-linux',
    slowTool:
      'findmnt -t nfs,nfs4,cifs   # a network volume that does not answer is the usual cause: sudo umount -l PATH',
    notifications: 'sudo apt install libnotify-bin && notify-send Sexton works   # a notification daemon must run',
    loginItem: 'Switch "Open at login" off and on again in the settings',
  },
};
