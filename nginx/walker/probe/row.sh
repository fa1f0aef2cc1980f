#!/bin/sh
# Print the layout row of a LuaJIT source tree: row.sh TREE NAME [compiler options]
#   row.sh ~/luajit2-2.1-20250117 "openresty 2025-01 gc64"
#   row.sh ~/luajit2-2.1-20250117 "openresty 2025-01 gc32" -DLUAJIT_DISABLE_GC64
#   CC=aarch64-linux-gnu-gcc EMULATOR=qemu-aarch64 row.sh ~/luajit2-2.1-20250117 "openresty 2025-01 gc64 arm64" -static
set -eu
tree=$1 name=$2
shift 2
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags="-DROW_NAME=\"$name\""
grep -q 'vmthref' "$tree/src/lj_obj.h" && set -- -DHAS_VMTHREF "$@"
grep -q 'strhash' "$tree/src/lj_obj.h" && set -- -DHAS_STRHASH "$@"
"${CC:-cc}" -w "$flags" "$@" -I"$tree/src" -o "$work/row" "$here/row.c"
${EMULATOR:-} "$work/row"
