import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REDACTED, redactArguments, redactCommandLine } from '../../../electron/engine/platform/process/redact.ts';

const IBC = ['java', '-cp', '/opt/ibc/IBC.jar:/x/jts.jar', '-Dibcsessionid=17', 'ibcalpha.ibc.IbcGateway'];

describe('redacting arguments', () => {
  it.each(['ibcalpha.ibc.IbcGateway', 'ibcalpha.ibc.IbcTws', 'ibcontroller.IBGatewayController'])(
    'removes everything after %s except the path of its settings',
    (main) => {
      const before = ['java', '-Xmx768m', main];
      expect(redactArguments([...before, '/home/ann/ibc/config.ini', 'annlogin', 'hunter2', 'paper'])).toEqual([
        ...before,
        '/home/ann/ibc/config.ini',
        REDACTED,
      ]);
      expect(redactArguments([...before, 'annlogin', 'hunter2'])).toEqual([...before, REDACTED]);
      expect(redactArguments(before)).toEqual(before);
    },
  );

  it('keeps what distinguishes a Gateway from a bot', () => {
    expect(redactArguments([...IBC, 'config.ini', 'u', 'p']).slice(0, 6)).toEqual([...IBC, 'config.ini']);
  });

  it('removes what follows the main class inside a shell’s -c text', () => {
    const redacted = redactArguments([
      'sh',
      '-c',
      'exec java ibcalpha.ibc.IbcTws /x/config.ini bob hunter2 live',
      'tail',
    ]);
    expect(redacted).toEqual(['sh', '-c', `exec java ibcalpha.ibc.IbcTws /x/config.ini ${REDACTED}`]);
  });

  const secret = 'hunter2';
  it.each([
    [['bot.py', `--password=${secret}`]],
    [['bot.py', '--password', secret]],
    [['bot.py', '--password', `-${secret}`]],
    [['bot.py', '--password', `two words ${secret}`]],
    [['bot.py', `--password=two words ${secret}`]],
    [['bot.py', '-password', secret]],
    [['bot.py', `user=${secret}`]],
    [['bot.py', `password=${secret}`]],
    [['bot.py', '--user', secret]],
    [['bot.py', '--username', secret]],
    [['bot.py', `--token=${secret}`]],
    [['bot.py', '--api-key', secret]],
    [['bot.py', '--apiKey', secret]],
    [['bot.py', '--totp', secret]],
    [['java', `-Dpassword=${secret}`, 'Main']],
    [['java', `-Dib.user=${secret}`, 'Main']],
    [['ibcstart.sh', '1030', '-g', `--user=${secret}`, `--pw=${secret}`]],
    [['ibcstart.sh', `--fix-pw=${secret}`]],
    [['env', `TWS_PASSWORD=${secret}`, 'python3', 'bot.py']],
    [['docker', 'run', '-e', `TWS_USERID=${secret}`, 'image']],
    [['docker', 'run', '-e', `AWS_SECRET_ACCESS_KEY=${secret}/x+y`, 'image']],
    [['sh', '-c', `python3 bot.py --password ${secret} --port 4002`]],
    [['sh', '-c', `python3 bot.py --password "two words ${secret}" --port 4002`]],
    [['sh', '-c', `TWSPASSWORD='two words ${secret}' ./start.sh`]],
    [['bot.py', `{"user":"ann","password":"${secret}"}`]],
    [['bot.py', `{"password": "two words ${secret}"}`]],
    [['curl', '-H', `Authorization: Bearer ${secret}`]],
    [['curl', 'Authorization:', 'Bearer', secret]],
    [['bot.py', `postgres://ann:${secret}@db:5432/x`]],
    [['bot.py', `https://api.example/?token=${secret}&port=1`]],
    [['bot.py', `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ${secret}.c2ln`]],
    [['bot.py', `0123456789abcdef0123456789abcdef${secret}`]],
    [['bot.py', `--key=0123456789ABCDEFabcdef0123456789+/${secret}==`]],
    [['bot.py', `JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP${secret}`]],
    [['title: user=ann password=hunter2']],
  ])('finds the secret in %j', (args) => {
    expect(redactArguments(args).join('\u0000')).not.toContain(secret);
    expect(redactCommandLine(args.join(' ')).join('\u0000')).not.toContain(secret);
  });

  it.each([
    [['python3', '/home/ann/tws_bot/gateway_tools/run.py', '--port', '7497', '--client-id', '12']],
    [['/nix/store/0c2b7zk1y9v8x3h5r6d4f2g1j0aaaaaa-python3/bin/python3', 'runner_async.py']],
    [['/usr/bin/python3', '-u', '-m', 'robo.runner_async', '--host', '127.0.0.1']],
    [['java', '-Xmx768m', '-Duser.home=/Users/ann', '-Djava.io.tmpdir=/tmp', 'install4j.ibgateway.GWClient']],
    [['/home/ann/A1b2C3d4/projects/very_long_directory_name_2024/runner_async.py']],
    [['socat', 'TCP-LISTEN:4004,fork', 'TCP:127.0.0.1:4002']],
    [['bash', '--login', '/home/ann/start.sh']],
    [[]],
  ])('leaves %j alone', (args) => {
    expect(redactArguments(args)).toEqual(args);
    expect(redactCommandLine(args.join(' '))).toEqual(args);
  });

  it('keeps the name of what it hides', () => {
    expect(redactArguments(['bot.py', '--token=abc', '-Dibcsessionid=0123456789abcdef0123456789abcdef'])).toEqual([
      'bot.py',
      `--token=${REDACTED}`,
      `-Dibcsessionid=${REDACTED}`,
    ]);
  });

  it('hides a value with blanks up to the next flag in a command line known only as text', () => {
    expect(redactCommandLine('bot.py --password two words --port 4002')).toEqual([
      'bot.py',
      '--password',
      REDACTED,
      '--port',
      '4002',
    ]);
  });

  it('never shows a password after the main class, whatever it is', () => {
    const word = fc
      .stringMatching(/^[!-~]{6,20}$/)
      .filter((text) => !REDACTED.includes(text) && !text.endsWith('.ini'));
    fc.assert(
      fc.property(word, word, (user, password) => {
        const line = [...IBC, '/x/config.ini', `U${user}`, `P${password}`, 'paper'];
        for (const shown of [
          redactArguments(line),
          redactCommandLine(line.join(' ')),
          redactArguments([line.join(' ')]),
        ]) {
          expect(shown.join(' ')).not.toContain(`P${password}`);
          expect(shown.join(' ')).not.toContain(`U${user}`);
        }
      }),
    );
  });

  it('is fast for a very long line', () => {
    for (const piece of ['a', 'pass', '-', 'user:', '--user ', '"', 'http://a', 'eyJ', "='"]) {
      const started = performance.now();
      redactArguments(['x', piece.repeat(131_072 / piece.length)]);
      expect(performance.now() - started).toBeLessThan(500);
    }
  });
});
