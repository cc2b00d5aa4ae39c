import { z } from 'zod';

// The schema library would compile its checks, which the page's policy forbids. It decides when a schema is made, so this
// must be loaded before any is.
z.config({ jitless: true });
