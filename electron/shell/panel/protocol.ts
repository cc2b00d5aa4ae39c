import { extname, join, normalize, sep } from 'node:path';

/** The panel's own scheme and host: no file URLs, and an origin that nothing else has. */
export const PANEL_SCHEME = 'app';
const PANEL_HOST = 'panel';
export const PANEL_URL = `${PANEL_SCHEME}://${PANEL_HOST}/index.html`;

/** What Chromium grants the scheme: an origin of its own, and what module scripts are fetched by. */
export const PANEL_PRIVILEGES = { standard: true, secure: true, supportFetchAPI: true, corsEnabled: true };

/** The panel may load its own files and nothing else: nothing inline, no connections, no frames, no forms. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** True for an address of the panel itself. */
export function isPanelUrl(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && parsed.protocol === `${PANEL_SCHEME}:` && parsed.host === PANEL_HOST;
}

/** The file that an address of the panel stands for, or `null` when it stands for none inside `root`. */
export function panelFile(root: string, url: string): string | null {
  if (!isPanelUrl(url)) return null;
  let path: string;
  try {
    path = decodeURIComponent(new URL(url).pathname);
  } catch {
    return null;
  }
  if (path.includes('\0')) return null;
  const file = normalize(join(root, path));
  return file.startsWith(root + sep) && TYPES[extname(file)] !== undefined ? file : null;
}

/** Answers requests for the panel's files from `root`, each with the content security policy. */
export function servePanel(
  root: string,
  read: (path: string) => Promise<Uint8Array<ArrayBuffer>>,
): (request: Pick<Request, 'url' | 'method'>) => Promise<Response> {
  const nothing = () => new Response(null, { status: 404, headers: headers('.html') });
  return async ({ url, method }) => {
    const file = method === 'GET' ? panelFile(root, url) : null;
    if (file === null) return nothing();
    try {
      return new Response(await read(file), { headers: headers(extname(file)) });
    } catch {
      return nothing();
    }
  };
}

function headers(extension: string): Record<string, string> {
  return {
    'Content-Type': TYPES[extension] ?? 'application/octet-stream',
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Opener-Policy': 'same-origin',
  };
}
