import type { ReactNode } from 'react';

/** A strip that reports one problem. `tone` only repeats what the words say. */
export function Banner({
  tone,
  icon,
  title,
  children,
  actions,
}: {
  tone: 'blind' | 'warning' | 'critical' | 'quiet' | 'good';
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <section className="banner" data-tone={tone} aria-label={title}>
      {icon !== undefined && <span className="banner-icon">{icon}</span>}
      <div className="banner-text">
        <b>{title}</b> {children}
        {actions !== undefined && <div className="banner-actions">{actions}</div>}
      </div>
    </section>
  );
}
