/** The channel of a call or push of the contract, for example `sexton:clean.plan`. */
export function channelOf(group: string, call: string): string {
  return `sexton:${group}.${call}`;
}
