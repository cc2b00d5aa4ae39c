import type { ProcessRef } from '../snapshot.ts';

/** "1 connection", "4 connections". */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

/** An age or a duration in its two largest units: "4 s", "12 min", "3 h 5 min", "2 d 4 h". */
export function durationWords(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** "runner_async.py (4312)". */
export function processWords(process: Pick<ProcessRef, 'name' | 'pid'>): string {
  return `${process.name} (${process.pid})`;
}

/** "one, two and three". */
export function listWords(words: readonly string[]): string {
  if (words.length <= 2) return words.join(' and ');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** The time since an instant: "just now", "2 s ago", "3 h 5 min ago". */
export function agoWords(at: string, now: number): string {
  const age = now - Date.parse(at);
  return age < 1_000 ? 'just now' : `${durationWords(age)} ago`;
}

/** The time left as minutes and seconds: "0:42"; never below "0:00". */
export function countdownWords(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** The hour and minute of an instant on the reader's clock: "14:02". */
export function clockTime(at: string): string {
  return new Date(at).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

/** The hour, minute and second of an instant on the reader's clock: "14:02:31". */
export function clockTimeExact(at: string): string {
  return new Date(at).toLocaleTimeString(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
}

/** The weekday, hour and minute of an instant on the reader's clock: "Sat 14:02". */
export function dayTime(at: string): string {
  return `${new Date(at).toLocaleDateString(undefined, { weekday: 'short' })} ${clockTime(at)}`;
}
