#!/usr/bin/env node
// A file of its own, because npm links only to files that exist when it installs, and a checkout is
// built after that.
import { restartWithHugePages } from '../dist/shared/huge-pages.js';

restartWithHugePages();
await import('../dist/main.js');
