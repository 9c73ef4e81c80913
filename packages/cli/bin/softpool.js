#!/usr/bin/env node
// A file of its own, because npm links only to files that exist when it installs, and a checkout is
// built after that.
import { restartWithMallocSettings } from '../dist/shared/malloc-settings.js';

restartWithMallocSettings();
await import('../dist/main.js');
