// Installs the programs that tests need, where that can be done.
import { ensureChromium } from './chromium.mjs';
import { ensureFfmpeg } from './ffmpeg.mjs';
import { ensureOnnxTestdata } from './onnx-testdata.mjs';
import { ensureParallel } from './parallel.mjs';
import { ensureRedis } from './redis.mjs';
import { ensureVulkan } from './vulkan.mjs';

export function ensureTools() {
  ensureChromium();
  ensureFfmpeg();
  ensureOnnxTestdata();
  ensureParallel();
  ensureRedis();
  ensureVulkan();
}
