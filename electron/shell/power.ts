import type { PowerMonitor } from 'electron';
import type { Engine } from '../engine/api.ts';

/** Tells the engine how often to scan: not at all during sleep, less often on battery. */
export function followPower(
  power: Pick<PowerMonitor, 'on' | 'isOnBatteryPower'>,
  engine: Pick<Engine, 'setAttention'>,
): void {
  engine.setAttention({ onBattery: power.isOnBatteryPower() });
  power.on('on-battery', () => engine.setAttention({ onBattery: true }));
  power.on('on-ac', () => engine.setAttention({ onBattery: false }));
  power.on('suspend', () => engine.setAttention({ asleep: true }));
  power.on('resume', () => engine.setAttention({ asleep: false, onBattery: power.isOnBatteryPower() }));
}
