import { createServer } from 'node:net';

// Below the ranges from which Linux (32768 on) and macOS (49152 on) give client ports, so that no connection takes one.
const FIRST = 20_000;
const COUNT = 12_000;
const given = new Set<number>();

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (problem: NodeJS.ErrnoException) => resolve(problem.code === 'EAFNOSUPPORT'));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A TCP port that is free on every address; never the same twice in one process. */
export async function sparePort(): Promise<number> {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (given.has(port)) continue;
    if (!(await canListen(port, '0.0.0.0')) || !(await canListen(port, '::'))) continue;
    given.add(port);
    return port;
  }
  throw new Error('No spare TCP port was found in 1,000 attempts.');
}

/** Several spare ports. */
export async function sparePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await sparePort());
  return ports;
}
