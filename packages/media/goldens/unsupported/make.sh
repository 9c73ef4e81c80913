#!/bin/sh
# Makes the pictures of this folder, of 8 × 8 pixels: sound files that libvips's build in sharp
# cannot read. Debian 12: apt-get install imagemagick libheif-examples libtiff-tools
set -eu
cd "$(dirname "$0")"
convert -size 8x8 gradient:red-blue picture.png
convert picture.png picture.tif
heif-enc -q 50 -o hevc.heic picture.png
tiffcp -c lzma picture.tif lzma.tif
convert picture.png -colorspace Lab -depth 8 lab.tif
rm picture.png picture.tif
