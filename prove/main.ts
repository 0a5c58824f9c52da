import { readdirSync } from 'node:fs';

for (const file of readdirSync(new URL('proofs', import.meta.url))) console.log(file);
