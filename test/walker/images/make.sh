#!/usr/bin/env bash
# Freezes the heap of program.lua under LuaJITs as Debian ships them, one image per layout: test/walker/images/make.sh
# Takes a container engine, heapwalk (npm run build:walker) and the base images (docker/make-base bullseye bookworm trixie forky).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
walker=$here/../../../nginx/walker/build/heapwalk-linux-x64

# suite, package
builds='bullseye luajit
bookworm luajit
bookworm luajit2
trixie luajit
forky luajit'

# Runs in the container. The pipes tell when the heap is complete, and keep the program alive until it is frozen.
freeze='set -eu
apt-get update -qq -o Acquire::Check-Valid-Until=false  # a suite in development: the mirror may be a snapshot
apt-get install -qq -y --no-install-recommends "$1" >/dev/null
mkfifo /tmp/in /tmp/out
luajit /images/program.lua </tmp/in >/tmp/out &
exec 3>/tmp/in 4</tmp/out
read -r line <&4
/heapwalk snap --any -p $! --save-image /tmp/image -o /dev/null
kill $!
cat /tmp/image'

echo "$builds" | while read -r suite package; do
  image=$here/$suite-$package.img.gz
  docker run --rm -i --cap-add SYS_PTRACE -e DEBIAN_FRONTEND=noninteractive \
    -v "$here/program.lua:/images/program.lua:ro" -v "$walker:/heapwalk:ro" \
    "debian:$suite-slim" bash -c "$freeze" freeze "$package" </dev/null 2>"$image.log" | gzip -9n >"$image.part" || {
    cat "$image.log" >&2
    rm -f "$image.part" "$image.log"
    exit 1
  }
  rm "$image.log"
  mv "$image.part" "$image"
  echo "$(basename "$image"): $(stat -c %s "$image") bytes"
done
