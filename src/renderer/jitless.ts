/**
 * zod compiles parsers with `new Function` where it may. The page's content security policy forbids that, and even the
 * probe for it would be reported as a violation: so it is switched off. Imported before anything that builds a schema.
 */
import { z } from 'zod';

z.config({ jitless: true });
