#!/usr/bin/env bash
# Freezes the heap of program.lua under LuaJITs as Debian ships them, one image per layout, and workers of nginx.conf with all that
# is around their heaps, one per C library: test/walker/images/make.sh [NAME...]
# Takes a container engine, heapwalk (npm run build:walker) and the base images (docker/make-base bullseye bookworm trixie forky).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
docker=$here/../../../docker
wanted=" $* "
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

is_wanted() { [ "$wanted" = "  " ] || [[ "$wanted" == *" $1 "* ]]; }

# What a container prints becomes the image of that name: keep NAME ARGUMENT... of `docker run`
keep() {
  local image=$here/$1.img.gz
  shift
  docker run --rm -i --cap-add SYS_PTRACE -v "$here:/images:ro" -v "$walker:/heapwalk:ro" "$@" </dev/null 2>"$image.log" | gzip -9n >"$image.part" || {
    cat "$image.log" >&2
    rm -f "$image.part" "$image.log"
    exit 1
  }
  rm "$image.log"
  mv "$image.part" "$image"
  echo "$(basename "$image"): $(stat -c %s "$image") bytes"
}

echo "$builds" | while read -r suite package; do
  is_wanted "$suite-$package" || continue
  keep "$suite-$package" -e DEBIAN_FRONTEND=noninteractive "debian:$suite-slim" bash -c "$freeze" freeze "$package"
done

# heapwalk waits until the worker waits for connections: then it has done all of its init_worker.
freeze_worker='set -eu
nginx -c /images/nginx.conf -g "$1" >&2 &
until pid=$(/heapwalk ps | sed -n "s/.*\"pid\":\([0-9]*\),.*\"role\":\"worker\".*/\1/p") && [ -n "$pid" ] &&
  /heapwalk snap -p "$pid" --save-image /tmp/image -o /dev/null; do sleep 0.1; done
cat /tmp/image'

echo "bookworm load_module modules/ndk_http_module.so; load_module modules/ngx_http_lua_module.so;
musl " | while read -r suite modules; do
  is_wanted "$suite-nginx" || continue
  tag=vitest-openresty-leak/images:$suite
  docker build -q -t "$tag" -f "$docker/$suite.Dockerfile" "$docker" >/dev/null
  keep "$suite-nginx" "$tag" sh -c "$freeze_worker" freeze "$modules"
done
