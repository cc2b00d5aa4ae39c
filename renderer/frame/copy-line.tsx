import { useState } from 'react';
import { usePanel } from '../panel-context.ts';
import { Icon } from './icons.tsx';

/** A command to run elsewhere, with a button that copies it. */
export function CopyLine({ command, name }: { command: string; name: string }) {
  const { client } = usePanel();
  const [copied, setCopied] = useState(false);
  const copy = () =>
    void client.app.copy({ text: command }).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  return (
    <div className="copy-line">
      <code>{command}</code>
      <button type="button" className="link" aria-label={`Copy ${name}`} onClick={copy} onBlur={() => setCopied(false)}>
        {copied ? <Icon name="check" size={13} /> : <Icon name="copy" size={13} />} {copied ? 'Copied' : 'Copy'}
      </button>
    </div>
  );
}
