// Finds ffmpeg, with which the tests write and read clips. As root on Debian, it is installed if it
// is missing.
import { spawnSync } from 'node:child_process';
import { canInstall, install } from './apt.mjs';

/** Installs Debian's ffmpeg if it is missing, or throws an error that says what to install. */
export function ensureFfmpeg() {
  if (['ffmpeg', 'ffprobe'].every((program) => spawnSync(program, ['-version']).status === 0)) return;
  if (!canInstall()) throw new Error('The tests on clips need ffmpeg and ffprobe: install the package "ffmpeg" (apt-get install ffmpeg).');
  install('ffmpeg', 'for the tests on clips');
}
