#!/bin/busybox sh
# First process of the machine that arm64.mjs boots: nginx under load, snapshots of its worker, a frozen heap of each LuaJIT.
# Says what comes of it in lines that begin with a word in capitals; arm64.mjs reads them.
/bin/busybox --install -s /bin
export PATH=/bin:/usr/bin:/usr/sbin
for fs in proc:/proc sysfs:/sys devtmpfs:/dev tmpfs:/tmp tmpfs:/run; do
  mkdir -p "${fs#*:}" && busybox mount -t "${fs%:*}" none "${fs#*:}"
done
mkdir -p /var/log/nginx /var/lib/nginx
ifconfig lo 127.0.0.1 up
echo "MACHINE $(uname -rm), pages of $(getconf PAGESIZE) bytes"

ask() { wget -q -O "$1" http://127.0.0.1:8080/t; }
nginx -c /suite/nginx.conf -g 'user root;' 2>/tmp/error.log &
tries=0
until ask /tmp/answer; do
  tries=$((tries + 1))
  [ $tries -lt 50 ] || { echo "FAILED nginx does not answer: $(tail -n 1 /tmp/error.log)"; break; }
  sleep 0.2
done
worker=$(/heapwalk ps | sed -n 's/.*"pid":\([0-9]*\).*"role":"worker".*/\1/p')

for lane in 1 2 3 4; do
  while [ -e /tmp/answer ]; do ask /dev/null && echo served >>/tmp/served; done &
done
for snapshot in $(seq "$(cat /suite/snapshots)"); do
  if /heapwalk snap -p "$worker" -o /tmp/snapshot 2>/tmp/refused; then
    rows=$(sed -n 's/^{"category".*"bytes":\([0-9]*\).*/\1/p' /tmp/snapshot | awk '{ sum += $1 } END { printf "%.0f", sum }')
    echo "SNAPSHOT $(grep '^"freeze"' /tmp/snapshot) $(grep -o '"label":.*"accounted":[0-9]*' /tmp/snapshot | tr '\n' ' ')" \
      "$(grep -o '"process":{"rss":[0-9]*' /tmp/snapshot) rows:$rows"
  else
    echo "REFUSED $(cat /tmp/refused)"
  fi
done
rm /tmp/answer
sleep 1
ask /tmp/last && echo "SERVED $(wc -l </tmp/served)"

for luajit in /luajit/*; do
  [ -x "$luajit" ] || continue
  mkfifo /tmp/in /tmp/out
  "$luajit" /images/program.lua </tmp/in >/tmp/out &
  program=$!
  exec 3>/tmp/in 4</tmp/out
  read -r line <&4
  /heapwalk snap --any -p $program --save-image /tmp/image -o /dev/null 2>/tmp/refused || echo "REFUSED $(cat /tmp/refused)"
  kill $program
  exec 3>&- 4<&-
  echo "IMAGE $(basename "$luajit") $(gzip -9nc /tmp/image | base64 | tr -d '\n')"
  rm -f /tmp/in /tmp/out /tmp/image
done
echo DONE
poweroff -f
