import { describe, expect, it } from 'vitest';
import {
  gatewayProgram,
  isForwarder,
  isLauncher,
  mayServeApi,
} from '../../../electron/engine/observe/process/programs.ts';
import { botRecord, gatewayRecord, processRecord } from '../clean/builders.ts';

const at = (executable: string, args: string[] = [executable]) =>
  processRecord(5, { executable, name: executable.split('/').at(-1) ?? '', args });

describe('a Gateway program', () => {
  it.each<[string, ReturnType<typeof at>, string]>([
    [
      'IB Gateway’s own launcher',
      at('/Applications/IB Gateway 10.37/IB Gateway 10.37.app/Contents/MacOS/JavaApplicationStub'),
      'IB Gateway',
    ],
    [
      'an .app that IBC renamed',
      at('/Users/me/Applications/IB Gateway 10.45/IB Gateway 10.45-1.app/Contents/MacOS/JavaApplicationStub'),
      'IB Gateway',
    ],
    [
      'the bundled java',
      at('/Users/me/Applications/IB Gateway 10.45/.install4j/jre.bundle/Contents/Home/bin/java'),
      'IB Gateway',
    ],
    [
      'the bundled java, older layout',
      at('/Users/me/Applications/IB Gateway 10.45/.install4j/jre.bundle/Contents/Home/jre/bin/java'),
      'IB Gateway',
    ],
    [
      'TWS',
      at('/Users/me/Applications/Trader Workstation/Trader Workstation.app/Contents/MacOS/JavaApplicationStub'),
      'TWS',
    ],
    ['TWS with a version', at('/Applications/Trader Workstation 10.37/x/java'), 'TWS'],
    ['Linux’s shared JRE with IBC’s Gateway class', gatewayRecord(5), 'IB Gateway'],
    [
      'the Gateway’s own class',
      at('/usr/local/i4j_jres/x/bin/java', ['java', 'install4j.ibgateway.GWClient']),
      'IB Gateway',
    ],
    ['IBC’s TWS class', at('/home/me/.local/share/i4j_jres/x/bin/java', ['java', 'ibcalpha.ibc.IbcTws']), 'TWS'],
    ['TWS’s own class', at('/usr/bin/java', ['java', 'install4j.jclient.LoginFrame']), 'TWS'],
    ['IBC’s marker', at('/usr/bin/java', ['java', '-Dibcsessionid=8', 'Some']), 'IBC'],
    ['any other Java', at('/usr/bin/java', ['java', '-jar', 'x.jar']), 'Java'],
    ['a JRE of an installer under any name', at('/opt/i4j_jres/x/bin/python3'), 'Java'],
    ['Linux’s Gateway folder', at('/home/me/Jts/ibgateway/1019/launcher'), 'IB Gateway'],
    ['a process that calls itself so', processRecord(5, { name: 'ibgateway', executable: null }), 'IB Gateway'],
    ['lsof’s short name of the launcher', processRecord(5, { name: 'JavaAppli', executable: null }), 'Java'],
    ['JAVA in capitals', processRecord(5, { name: 'JAVA', executable: '/x/JAVA' }), 'Java'],
  ])('is recognised: %s', (_, process, program) => {
    expect(gatewayProgram(process)).toBe(program);
  });

  it.each([
    ['a bot in folders named like it', botRecord(5, '/home/me/tws_bot/gateway_tools/run.py')],
    [
      'a bot with its classes in the arguments',
      botRecord(5, undefined, { args: ['python3', 'x.py', 'ibcalpha.ibc.IbcGateway'] }),
    ],
    [
      'a desktop with its cookie',
      processRecord(5, {
        name: 'Xtigervnc',
        executable: '/usr/bin/Xtigervnc',
        args: ['Xtigervnc', '-auth', '/opt/ibgateway/.Xauthority'],
      }),
    ],
    [
      'an editor with its file open (D15)',
      processRecord(5, { name: 'vim', executable: '/usr/bin/vim', args: ['vim', 'IB Gateway'] }),
    ],
    ['a bot called java_bot', botRecord(5, '/home/me/java_bot.py')],
    ['JavaScript', processRecord(5, { name: 'javascript', executable: '/usr/bin/javascript' })],
    ['a folder whose name goes on', processRecord(5, { executable: '/home/me/IB Gateway tools/run' })],
    ['a program without a name', processRecord(5, { name: '', executable: null, args: [] })],
  ])('is not: %s', (_, process) => {
    expect(gatewayProgram(process)).toBeNull();
    expect(mayServeApi(process)).toBe(false);
  });

  it.each<[string, ReturnType<typeof at>, boolean]>([
    ['IB Gateway', gatewayRecord(5), true],
    ['Java that speaks of Jts', at('/usr/bin/java', ['java', '-cp', '/home/me/Jts/jars/*', 'Main']), true],
    ['Java of an installer', at('/opt/x/.install4j/java', ['java']), true],
    ['Java of IBKR’s installer on Linux', at('/usr/local/i4j_jres/x/bin/java', ['java', 'Main']), true],
    ['Java whose arguments cannot be read', at('/usr/bin/java', []), true],
    ['Java of which only the name can be read', at('/usr/bin/java', ['java']), true],
    ['an IDE', at('/Applications/PyCharm.app/jbr/bin/java', ['java', 'com.intellij.idea.Main']), false],
    ['a database', at('/usr/bin/java', ['java', '-jar', 'questdb.jar']), false],
  ])('may serve the API on a port nobody configured: %s', (_, process, expected) => {
    expect(mayServeApi(process)).toBe(expected);
  });
});

describe('a forwarder', () => {
  it.each([
    '/usr/bin/socat',
    '/usr/bin/socat1',
    '/usr/bin/ssh',
    '/usr/sbin/sshd',
    '/usr/bin/autossh',
    '/usr/bin/docker-proxy',
    '/usr/bin/dockerd',
    '/Applications/Docker.app/Contents/MacOS/com.docker.backend',
    '/Applications/OrbStack.app/Contents/Frameworks/OrbStack Helper.app/Contents/MacOS/OrbStack Helper',
    '/Applications/OrbStack.app/Contents/MacOS/xbin/vmgr',
    '/usr/bin/rootlessport',
  ])('is %s', (executable) => {
    expect(isForwarder(at(executable))).toBe(true);
  });

  it('is not a program with one in its arguments', () => {
    expect(isForwarder(botRecord(5, '/home/me/socat/docker/ssh.py'))).toBe(false);
  });
});

describe('a launcher', () => {
  it.each(['launchd', 'systemd', '-zsh', 'bash', 'sshd', 'tmux: server', 'screen', 'Terminal', 'iTerm2', 'fish'])(
    'is the session leader %s',
    (name) => {
      expect(isLauncher(processRecord(5, { name, sessionLeader: true }))).toBe(true);
      expect(isLauncher(processRecord(5, { name, sessionLeader: false }))).toBe(false);
    },
  );

  it.each([
    ['a script', ['sh', 'start-gateway.sh']],
    ['a command', ['bash', '-c', 'start-gateway']],
    ['a command in a login shell', ['-bash', '-lc', 'start-gateway']],
  ])('is no shell that runs %s, even if it leads a session', (_, args) => {
    expect(isLauncher(processRecord(5, { name: 'bash', executable: '/bin/bash', args, sessionLeader: true }))).toBe(
      false,
    );
  });

  it.each([[['bash', '-i']], [['-zsh']], [['bash', '--init-file', '/x/integration.sh']], [['fish', '--login']]])(
    'is a shell at a prompt: %j',
    (args) => {
      const name = args[0]?.replace('-', '') ?? '';
      expect(isLauncher(processRecord(5, { name, executable: `/bin/${name}`, args, sessionLeader: true }))).toBe(true);
    },
  );

  it('is pid 1, whatever it is', () => {
    expect(isLauncher(processRecord(1, { name: 'my-init' }))).toBe(true);
  });

  it('is no other kind of session leader', () => {
    expect(isLauncher(botRecord(5, undefined, { sessionLeader: true }))).toBe(false);
    expect(isLauncher(gatewayRecord(5, { sessionLeader: true }))).toBe(false);
  });
});
