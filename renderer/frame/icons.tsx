import type { ReactElement } from 'react';

/** A drawing on a 16-point grid and the weight of its lines. */
interface Drawing {
  paths: ReactElement;
  weight?: number;
}

const DRAWINGS = {
  clear: {
    paths: (
      <>
        <circle cx="8" cy="8" r="6.1" />
        <path d="m5.3 8.2 1.9 1.9 3.5-3.9" />
      </>
    ),
    weight: 1.8,
  },
  notice: {
    paths: (
      <>
        <circle cx="8" cy="8" r="6.1" />
        <path d="M8 7.4v3.4M8 5.1v.1" />
      </>
    ),
    weight: 1.8,
  },
  warning: {
    paths: (
      <>
        <path d="M8 2.3 14.2 13H1.8Z" />
        <path d="M8 6.7v2.9M8 11.2v.1" />
      </>
    ),
    weight: 1.8,
  },
  critical: {
    paths: (
      <>
        <path d="M5.4 1.9h5.2l3.5 3.5v5.2l-3.5 3.5H5.4l-3.5-3.5V5.4Z" />
        <path d="M8 4.9v3.7M8 11v.1" />
      </>
    ),
    weight: 1.8,
  },
  blind: {
    paths: (
      <>
        <path d="M1.7 8S4 3.9 8 3.9 14.3 8 14.3 8 12 12.1 8 12.1 1.7 8 1.7 8Z" />
        <path d="m3 13.4 10-10.8" />
      </>
    ),
    weight: 1.7,
  },
  moon: { paths: <path d="M13.3 9.9A5.8 5.8 0 0 1 6.1 2.7a5.8 5.8 0 1 0 7.2 7.2Z" />, weight: 1.7 },
  pause: { paths: <path d="M5.6 3.6v8.8M10.4 3.6v8.8" />, weight: 2 },
  looking: {
    paths: (
      <>
        <circle cx="7" cy="7" r="4.4" />
        <path d="m10.4 10.4 3.3 3.3" />
      </>
    ),
    weight: 1.7,
  },
  chart: { paths: <path d="m1.9 12.4 3.6-4.1 2.8 2.3 5.8-7" /> },
  settings: {
    paths: (
      <>
        <path d="M2 4.6h6.2M12.4 4.6H14M2 11.4h1.6M7.8 11.4H14" />
        <circle cx="10.3" cy="4.6" r="1.9" />
        <circle cx="5.7" cy="11.4" r="1.9" />
      </>
    ),
  },
  back: { paths: <path d="M9.8 3.2 5 8l4.8 4.8" />, weight: 1.8 },
  more: { paths: <path d="m6.2 3.6 4.4 4.4-4.4 4.4" />, weight: 1.8 },
  bot: {
    paths: (
      <>
        <rect x="2.2" y="2.9" width="11.6" height="10.2" rx="2.2" />
        <path d="m4.9 6.4 2.1 1.9-2.1 1.9M8.7 10.2h2.5" />
      </>
    ),
  },
  shield: { paths: <path d="M8 1.8 13.2 3.7v4.1c0 3.1-2.1 5.3-5.2 6.4-3.1-1.1-5.2-3.3-5.2-6.4V3.7Z" /> },
  pulse: { paths: <path d="M1.6 8.4h2.9l1.7-4.6 3.1 8.4 1.8-3.8h3.3" /> },
  question: {
    paths: (
      <>
        <circle cx="8" cy="8" r="6.1" />
        <path d="M6.3 6.3a1.8 1.8 0 1 1 2.6 1.6c-.6.3-.9.6-.9 1.2M8 11.2v.1" />
      </>
    ),
  },
  check: { paths: <path d="m3.4 8.5 3 3 6.2-6.8" />, weight: 2 },
  close: { paths: <path d="m4.2 4.2 7.6 7.6M11.8 4.2l-7.6 7.6" />, weight: 1.7 },
  copy: {
    paths: (
      <>
        <rect x="5.4" y="5.4" width="8" height="8.4" rx="1.8" />
        <path d="M10.6 2.6H4.4a1.8 1.8 0 0 0-1.8 1.8v6.2" />
      </>
    ),
  },
  'bell-off': {
    paths: (
      <>
        <path d="M4.1 10.9V7a3.9 3.9 0 0 1 7.8 0v3.9l1 1.2H3.1ZM6.7 14h2.6" />
        <path d="m2.4 2 11.2 12" />
      </>
    ),
  },
  plug: {
    paths: <path d="M5.6 1.9v3.2M10.4 1.9v3.2M3.6 5.1h8.8v2.5A4.4 4.4 0 0 1 8 12a4.4 4.4 0 0 1-4.4-4.4ZM8 12v2.4" />,
  },
} as const satisfies Record<string, Drawing>;

export type IconName = keyof typeof DRAWINGS;

/** A small picture in the colour of the surrounding text. It is hidden from screen readers; the words beside it speak for it. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  const { paths, weight = 1.5 }: Drawing = DRAWINGS[name];
  return (
    <svg
      aria-hidden="true"
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={weight}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {paths}
    </svg>
  );
}
