#!/bin/sh
# Runs on this machine's GPU, from this folder alone: the whole specification of SoftPool on WebGPU,
# and the benchmark. Writes results.md and results.json. Arguments (--quick, --full) go to the
# benchmark. The exit code is 1 if the specification or the benchmark fails.
#
# It needs Linux on x64 and the GPU's driver with its Vulkan part: no network, no installation, no
# rights but yours.
cd "$(dirname "$0")" || exit 1
mkdir -p output
rm -f output/* bench-output/* results.md results.json
PATH="$PATH:/usr/sbin:/sbin"
export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-/tmp}"
failed=0

heading() {
  printf '\n== %s\n\n' "$1"
}

heading 'The device'
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader >output/device.txt 2>/dev/null
if [ -s output/device.txt ]; then cat output/device.txt; else echo 'nvidia-smi finds no GPU'; fi

# Containers often have the driver, but neither Vulkan's loader nor the file that leads it there.
ldconfig -p 2>/dev/null | grep -q 'libvulkan\.so\.1' || export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$PWD/lib"
if [ -s output/device.txt ] && [ -z "$VK_DRIVER_FILES$VK_ICD_FILENAMES" ] &&
  ! ls /etc/vulkan/icd.d/*nvidia* /usr/share/vulkan/icd.d/*nvidia* >/dev/null 2>&1; then
  driver=$(ldconfig -p 2>/dev/null | awk '/libGLX_nvidia\.so\.0/ { print $NF; exit }')
  [ -n "$driver" ] || driver=$(find /usr /opt -maxdepth 5 -name libGLX_nvidia.so.0 2>/dev/null | head -n 1)
  if [ -n "$driver" ]; then
    printf '{ "file_format_version": "1.0.0", "ICD": { "library_path": "%s", "api_version": "1.3.0" } }\n' "$driver" >output/nvidia_icd.json
    export VK_ICD_FILENAMES="$PWD/output/nvidia_icd.json" LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$(dirname "$driver")"
  else
    echo "The driver's Vulkan part, libGLX_nvidia.so.0, is missing: a container needs the graphics capability."
  fi
fi

heading 'The specification'
bin/node --test-reporter=spec --test-reporter-destination=stdout \
  --test-reporter=tap --test-reporter-destination=output/specification.tap specification.mjs || failed=1

heading 'The benchmark'
bin/node run.mjs "$@" || failed=1
{
  printf '# SoftPool on a GPU\n\nBy nvidia-smi: %s. The specification:\n\n' "$(cat output/device.txt)"
  grep -E '^# (pass|fail|cancelled|skipped) ' output/specification.tap | sed 's/^# /- /'
  printf '\n'
  cat bench-output/gpu.md
} >results.md
cp bench-output/gpu.json results.json && echo 'Written: results.md, results.json'
exit $failed
