local _M = { sink = {} }

function _M.sink.prepare(uri)
    return #uri
end

function _M.record(uri)
    _M.sink.prepare(uri)
end

return _M
