#!/bin/sh
# Everything on this machine's GPU, from this folder alone: the device and its driver, the whole specification of SoftPool on WebGPU, the
# benchmark, SoftPool as a CUDA textbook has it, PyTorch's average and maximum pooling where it is installed. Writes results.md and results.json
# beside itself. Arguments (--quick, --full) go to the benchmark. The exit code is 1 if the specification or the benchmark fails.
#
# It needs Linux on x64 and the GPU's driver with its Vulkan part; no network, no installation, and nobody's rights but yours.
cd "$(dirname "$0")" || exit 1
mkdir -p output
PATH="$PATH:/usr/sbin:/sbin"
export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-/tmp}"
failed=0

heading() {
  printf '\n== %s\n\n' "$1"
}

heading 'The device'
rm -f output/* bench-output/* results.md results.json
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader >output/device.txt 2>/dev/null || true
if [ -s output/device.txt ]; then
  cat output/device.txt
else
  echo 'nvidia-smi is not here, or finds nothing'
fi

# In a container there is often the driver, but neither Vulkan's loader nor the file that tells it of the driver.
ldconfig -p 2>/dev/null | grep -q 'libvulkan\.so\.1' || export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$PWD/lib"
if [ -s output/device.txt ] && [ -z "$VK_DRIVER_FILES$VK_ICD_FILENAMES" ] &&
  ! ls /etc/vulkan/icd.d/*nvidia* /usr/share/vulkan/icd.d/*nvidia* >/dev/null 2>&1; then
  driver=$(ldconfig -p 2>/dev/null | awk '/libGLX_nvidia\.so\.0/ { print $NF; exit }')
  [ -n "$driver" ] || driver=$(find /usr /opt -maxdepth 5 -name libGLX_nvidia.so.0 2>/dev/null | head -n 1)
  if [ -n "$driver" ]; then
    printf '{ "file_format_version": "1.0.0", "ICD": { "library_path": "%s", "api_version": "1.3.0" } }\n' "$driver" >output/nvidia_icd.json
    export VK_ICD_FILENAMES="$PWD/output/nvidia_icd.json"
    export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$(dirname "$driver")"
    echo "Vulkan's driver is taken from $driver"
  else
    echo "the driver's Vulkan part, libGLX_nvidia.so.0, is nowhere: install it, or let the container have the driver's graphics capability"
  fi
fi

if bin/node bench/gpu/adapter.mjs; then
  heading 'The specification'
  bin/node --test-reporter=spec --test-reporter-destination=stdout --test-reporter=tap --test-reporter-destination=output/specification.tap \
    specification.mjs || failed=1

  heading 'The benchmark'
  bin/node bench/gpu/run.mjs "$@" || failed=1
else
  failed=1
fi

heading 'CUDA'
cuda=bench/gpu/cuda
compile="nvcc -O3 -std=c++17 -arch=native -o $cuda/softpool-cuda $cuda/softpool.cu"
if [ -x $cuda/softpool-cuda ] && $cuda/softpool-cuda >output/cuda.jsonl; then
  echo "$(wc -l <output/cuda.jsonl) measurements"
elif [ -s output/device.txt ] && command -v nvcc >/dev/null 2>&1 && $compile && $cuda/softpool-cuda >output/cuda.jsonl; then
  echo "$(wc -l <output/cuda.jsonl) measurements, compiled here"
else
  echo "no comparison with CUDA; where there is an NVIDIA GPU and a compiler: $compile"
fi

heading 'PyTorch'
if python3 -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
  python3 bench/gpu/torch_pool.py >output/torch.jsonl && echo "$(wc -l <output/torch.jsonl) measurements"
else
  echo 'no PyTorch here, or none with CUDA'
fi

heading 'Results'
bin/node bench/gpu/report.mjs . || failed=1
exit $failed
