import { useState } from 'react';
import type { SocketRef } from '../../shared/snapshot.ts';
import { durationWords } from '../../shared/words/format.ts';
import { UNKNOWN } from '../frame/frame-words.ts';

/** How many sockets are shown at first; the rest on request. */
const FIRST = 12;

/** The sockets of one owner. */
export function SocketTable({ sockets }: { sockets: readonly SocketRef[] }) {
  const [all, setAll] = useState(false);
  const shown = all ? sockets : sockets.slice(0, FIRST);
  return (
    <>
      <table className="sockets">
        <caption className="unseen">Sockets</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">To</th>
            <th scope="col">State</th>
            <th scope="col">Age</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((socket) => (
            <tr key={`${socket.local}>${socket.remote}#${socket.fd}`}>
              <td>{socket.local}</td>
              <td>{socket.remote}</td>
              <td>{socket.state}</td>
              <td>{socket.ageMs === null ? UNKNOWN : durationWords(socket.ageMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {sockets.length > shown.length && (
        <button type="button" className="link" onClick={() => setAll(true)}>
          Show {sockets.length - shown.length} more
        </button>
      )}
    </>
  );
}
