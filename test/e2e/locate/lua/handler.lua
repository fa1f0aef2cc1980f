local requests = kept.requests
requests[#requests + 1] = {
    uri = ngx.var.uri,
}
