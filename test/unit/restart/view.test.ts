import { describe, expect, it } from 'vitest';
import type { IbcFacts } from '../../../shared/restart/help.ts';
import { type GuideFacts, guideView } from '../../../shared/restart/view.ts';
import { AWAY, BACK, bot, look, START, Walk } from './support.ts';

const IBC: IbcFacts = { expected: '/home/me/ibc/config.ini', used: null, found: true, commandPort: null };

function facts(more: Partial<GuideFacts> = {}, ibc: Partial<IbcFacts> = {}): GuideFacts {
  const commands = { gatewayStartCommand: '/opt/ibc/gatewaystart.sh', startCommand: 'make run' };
  return { commands, ibc: { ...IBC, ...ibc }, sunday: false, wall: START, ...more };
}

const view = (walk: Walk, known = facts()) => guideView(walk.state, walk.last, { ...known, wall: walk.wall });
const helpOf = (walk: Walk, known = facts()) => view(walk, known).help ?? [];

describe('the view of the guide', () => {
  it('lists the bots that are waited for and the command that stops those that may be stopped', () => {
    const live = bot(4313, { kind: 'protected', reason: 'live-session' }, 1);
    const shown = view(new Walk().see(look({ bots: [bot(4312), live, bot(4314)] })));
    expect(shown.bots?.map(({ process, folder }) => [process.pid, folder])).toEqual([
      [4312, '/home/me/bots'],
      [4313, '/home/me/bots'],
      [4314, '/home/me/bots'],
    ]);
    expect(shown.help?.map(({ command }) => command)).toEqual(['kill 4312 4314']);
  });

  it('offers no command for bots that the verdict protects', () => {
    const foreign = bot(9, { kind: 'protected', reason: 'other-user' });
    expect(view(new Walk().see(look({ bots: [foreign] }))).help).toBeUndefined();
  });

  it("names IBC's RESTART with its port when the command server is on, and what Sundays change", () => {
    const walk = new Walk().see(look());
    const [quit, restart] = helpOf(walk, facts({}, { commandPort: 7463 }));
    expect(quit?.text).toContain('Sexton never stops it');
    expect(restart?.command).toBe('(echo RESTART; sleep 1) | nc 127.0.0.1 7463');
    expect(restart?.text).toContain('you stay logged in');
    expect(quit?.text).toContain('File, then Restart keeps you logged in and needs no IBC');
    expect(restart?.text).toContain('up to a minute');
    expect(restart?.text).toContain('unless AutoRestartTime is set in /home/me/ibc/config.ini');
    expect(helpOf(walk, facts({ sunday: true }, { commandPort: 7463 }))[1]?.text).toContain(
      'you still have to log in with 2FA',
    );
  });

  it('says how to switch the command server on, and where IBC looks for its settings', () => {
    const walk = new Walk().see(look());
    expect(helpOf(walk)[1]?.text).toContain('CommandServerPort=7462 in /home/me/ibc/config.ini');
    expect(helpOf(walk, facts({}, { found: false }))[1]?.text).toContain(
      '/home/me/ibc/config.ini, where IBC looks for its settings, does not exist',
    );
    const elsewhere = helpOf(walk, facts({}, { found: false, used: '/srv/my bots/config.ini', commandPort: 7462 }));
    expect(elsewhere[2]?.command).toBe("cp '/srv/my bots/config.ini' /home/me/ibc/config.ini");
  });

  it('carries the clock of the timed steps and the commands to copy', () => {
    const walk = new Walk().see(look()).see(AWAY).see(AWAY, 18);
    expect(view(walk).wait).toEqual({
      since: new Date(walk.wall - 18_000).toISOString(),
      durationMs: 30_000,
      sockets: 0,
    });
    walk.see(AWAY, 12).see(AWAY, 60);
    expect(view(walk).wait?.durationMs).toBe(240_000);
    expect(helpOf(walk)[0]?.command).toBe('/opt/ibc/gatewaystart.sh');
    walk.see(BACK);
    expect(helpOf(walk)[0]?.command).toBe('make run');
    expect(helpOf(walk, facts({ commands: { gatewayStartCommand: '', startCommand: '' } }))[0]?.command).toBeNull();
  });

  it('carries what was reverted, and how to continue where observation cannot tell', () => {
    const shown = view(new Walk().see(look()).see(AWAY).see(BACK, 9));
    expect(shown.step).toBe(2);
    expect(shown.notice).toContain('again after 9 s');
    expect(shown.goOn).toBe('It was restarted, continue');
    expect(view(new Walk().see(look())).goOn).toBeUndefined();
  });
});
