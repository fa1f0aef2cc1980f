# OpenResty's own image, as it is. --build-arg VERSION=1.27.1.2-alpine for another version or flavour.
ARG VERSION=1.27.1.2-bookworm
FROM openresty/openresty:${VERSION}
