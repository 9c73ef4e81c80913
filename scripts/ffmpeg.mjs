// Finds ffmpeg, by which the tests make clips and read them; as root on Debian it is installed if there is none.
import { spawnSync } from 'node:child_process';
import { canInstall, install } from './apt.mjs';

/** Installs Debian's ffmpeg if there is none, or throws an error that says what to install. */
export function ensureFfmpeg() {
  if (['ffmpeg', 'ffprobe'].every((program) => spawnSync(program, ['-version']).status === 0)) return;
  if (!canInstall()) throw new Error('The tests of clips need ffmpeg and ffprobe: install the package "ffmpeg" (apt-get install ffmpeg).');
  install('ffmpeg', 'for the tests of clips');
}
