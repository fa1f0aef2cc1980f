# musl without Alpine: Debian's sources of nginx 1.22.1, ngx_lua 0.10.23 and OpenResty's LuaJIT 20230119, built by musl-gcc.
# For machines where Alpine's own image cannot be pulled; elsewhere use alpine.Dockerfile.
FROM debian:bookworm-slim AS build
LABEL vitest-openresty-leak.stage=build
# The image's own package sources, in either of apt's forms, give the source packages too.
RUN find /etc/apt/sources.list.d -name '*.sources' -exec sed -i 's/^Types: deb$/Types: deb deb-src/' {} + \
 && if [ -e /etc/apt/sources.list ]; then sed -n 's/^deb /deb-src /p' /etc/apt/sources.list > /etc/apt/sources.list.d/source-packages.list; fi \
 && apt-get update \
 && apt-get install -y --no-install-recommends busybox-static dpkg-dev gcc make musl-tools \
      lua-resty-core lua-resty-lrucache
WORKDIR /build
RUN apt-get source --download-only nginx luajit2 pcre3 libnginx-mod-http-ndk libnginx-mod-http-lua \
 && for package in *.dsc; do dpkg-source --extract "$package" "${package%%_*}"; done
RUN make -C luajit2 install CC=musl-gcc PREFIX=/opt/luajit BUILDMODE=static XCFLAGS=-DLUAJIT_NO_UNWIND
RUN cd pcre3 && ./configure --prefix=/opt/pcre --disable-cpp --disable-shared CC=musl-gcc \
 && make install ACLOCAL=: AUTOCONF=: AUTOHEADER=: AUTOMAKE=:
# Debian's musl has no crypt(): basic auth goes, and the header that nginx includes all the same is empty.
RUN touch /usr/include/x86_64-linux-musl/crypt.h && cd nginx \
 && LUAJIT_LIB=/opt/luajit/lib LUAJIT_INC=/opt/luajit/include/luajit-2.1 ./configure \
      --with-cc=musl-gcc --with-cc-opt='-Wno-error -I/opt/pcre/include' --with-ld-opt=-L/opt/pcre/lib --without-http_gzip_module --without-http_auth_basic_module \
      --add-module=../libnginx-mod-http-ndk --add-module=../libnginx-mod-http-lua \
      --prefix=/usr/share/nginx --sbin-path=/usr/sbin/nginx --conf-path=/etc/nginx/nginx.conf --pid-path=/run/nginx.pid \
      --error-log-path=/dev/stderr --http-log-path=/dev/stdout \
 && make -j"$(nproc)" && make install DESTDIR=/image
# An image of its own, with nothing of glibc in it.
RUN cd /image && mkdir -p bin lib run tmp usr/local/share/lua \
 && cp /bin/busybox bin/ && for applet in $(bin/busybox --list); do [ -e bin/$applet ] || ln -s busybox bin/$applet; done \
 && cp /lib/ld-musl-*.so.1 lib/ && cp -r /usr/share/lua/5.1 usr/local/share/lua/ \
 && echo 'root:x:0:0:root:/:/bin/sh' > etc/passwd && echo 'nobody:x:65534:65534:nobody:/:/bin/sh' >> etc/passwd \
 && echo 'root:x:0:' > etc/group && echo 'nogroup:x:65534:' >> etc/group

FROM scratch
COPY --from=build /image /
CMD ["nginx", "-g", "daemon off;"]
