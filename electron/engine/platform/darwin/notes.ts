import type { SystemNotes } from '../notes.ts';
import { LSOF_PROBE, SYSTEM_TOOLS } from '../run/tools.ts';

/** macOS: all tools are part of the system. */
export const DARWIN_NOTES: SystemNotes = {
  // Darwin 20 to 24 are macOS 11 to 15; from 25 on the number follows the year (macOS 26).
  name: (release) => {
    const major = Number.parseInt(release, 10);
    return `macOS ${major >= 25 ? major + 1 : major - 9} (Darwin ${release})`;
  },
  lacks: () => null,
  probes: [
    {
      tool: 'netstat',
      args: ['-an', '-p', 'tcp'],
      version: null,
      purpose: 'It counts the connections.',
      needed: true,
      silence:
        'It shows this user no connections, as macOS 27 does without root. Sexton counts the connections that lsof finds, and never calls that clear.',
    },
    LSOF_PROBE,
    { tool: 'ps', args: ['-o', 'pid=', '-p', '1'], version: null, purpose: 'It identifies processes.', needed: true },
  ],
  installHint: (tool) =>
    `${tool} is part of macOS and was not found at ${SYSTEM_TOOLS[tool][0]}: check that the system volume is intact`,
  repairTool: () => 'sudo softwareupdate --install --all   # the tool is part of macOS',
  repairs: {
    clock: 'System Settings > General > Date & Time: switch on "Set time and date automatically"',
    flock: 'npm rebuild koffi',
    slowTool:
      'mount -t nfs,smbfs   # a network volume that does not answer is the usual cause: diskutil unmount force PATH',
    notifications: 'System Settings > Notifications > Sexton: switch on "Allow notifications"',
    loginItem: 'System Settings > General > Login Items: allow Sexton',
  },
};
